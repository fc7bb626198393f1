import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditFixture, denied } from '../support/audit-fixture.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';

/** Events in the chain of acme before each test. */
const LAST = 6;
const putAcmeBack = [
  `DELETE FROM audit_chains WHERE chain = 'acme'`,
  `INSERT INTO audit_chains SELECT * FROM kept_chains WHERE chain = 'acme'`,
  `DELETE FROM audit_events WHERE chain = 'acme' AND sequence > ${LAST}`,
];
const removeAcme = [
  `DELETE FROM audit_events WHERE chain = 'acme'`,
  `DELETE FROM audit_chains WHERE chain = 'acme'`,
];
const putAnchorBack = ['DELETE FROM audit_anchor', 'INSERT INTO audit_anchor TABLE kept_anchor'];
const atOnce = (...statements: readonly string[]): string => `DO $$ BEGIN ${statements.join('; ')}; END $$`;

let database: TestDatabase;
let room: AuditFixture;
beforeAll(async () => {
  database = await lastingDatabase();
  room = await AuditFixture.open(database.url);
  await room.fill();
  await room.keep();
});
beforeEach(async () => {
  await room.restore();
  await room.auditLog.record(denied('acme'), denied('harbour'));
  await room.bff('checkpoint');
});
afterAll(async () => {
  await room.close();
  await database.drop();
});

const verify = (...options: string[]): ReturnType<AuditFixture['bff']> => room.bff('verify', ...options);
const checkpoint = async (): Promise<string> => {
  const { code, lines } = await room.bff('checkpoint');
  expect([code, lines.length]).toEqual([0, 1]);
  return lines[0] ?? '';
};

describe('the anchor of the chains (LOG-07)', () => {
  it('names a chain whose old end was put back and whose newer events were deleted', async () => {
    await room.sql(atOnce(...putAcmeBack));
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: was rolled back to event ${LAST}; it had events up to ${LAST + 1}`],
    });
  });

  it('names it still when the chain has grown beyond where it was', async () => {
    await room.sql(atOnce(...putAcmeBack));
    await room.auditLog.record(denied('acme'), denied('acme'), denied('acme'), denied('harbour'));
    await room.anchored('harbour');
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: does not continue from the anchored event ${LAST + 1}`],
    });
  });

  it('names a chain that was deleted with its end', async () => {
    await room.sql(atOnce(...removeAcme));
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: was removed with its head; it had events up to ${LAST + 1}`],
    });
  });

  it.each<[what: string, statements: readonly string[], said: RegExp]>([
    [
      'put back with the chain',
      [...putAcmeBack, ...putAnchorBack],
      /^the anchor of the chains was rolled back: it has number \d+, and a chain names number \d+$/,
    ],
    ['removed', ['DELETE FROM audit_anchor'], /^the anchor of the chains was removed$/],
    [
      'edited',
      [`UPDATE audit_anchor SET heads = '[]'`],
      /^the anchor of the chains does not match its seal$/,
    ],
  ])('says it where it was itself %s', async (_, statements, said) => {
    await room.auditLog.record(denied('harbour'));
    await room.sql(atOnce(...statements));
    expect(await verify()).toEqual({ code: 1, lines: [expect.stringMatching(said)] });
  });

  it('removes nothing of an audit log that was put back', async () => {
    await room.sql(atOnce(...putAcmeBack));
    const { code, lines } = await room.bff('prune', '--older-than-days', '0', '--force');
    expect([code, lines.join()]).toEqual([
      1,
      expect.stringMatching(/^Nothing was removed\. the chain of acme/),
    ]);
  });

  it('is made anew by reseal, which an event records', async () => {
    await room.sql(atOnce(...putAcmeBack));
    const [said] = (await verify()).lines;
    expect((await room.bff('reseal')).lines).toEqual([`accepted and audited: ${said}`, 'sealed 3 chains']);
    expect((await verify()).code).toBe(0);
    expect((await room.bff('export')).lines.join()).toContain(JSON.stringify([said]));
  });

  it('verifies and continues a log from before there were anchors', async () => {
    const before = await lastingDatabase();
    const fresh = await AuditFixture.open(before.url);
    await fresh.auditLog.record(denied('acme'));
    expect(await fresh.sql('SELECT anchor::int FROM audit_chains')).toEqual([{ anchor: 0 }]);
    expect(await fresh.bff('verify')).toEqual({ code: 0, lines: ['verified 1 events in 1 chains'] });
    await fresh.anchored();
    await fresh.auditLog.record(denied('acme'));
    expect(await fresh.sql('SELECT anchor::int FROM audit_chains')).toEqual([{ anchor: 1 }]);
    expect(await fresh.bff('verify')).toEqual({ code: 0, lines: ['verified 2 events in 1 chains'] });
    await fresh.close();
    await before.drop();
  });
});

describe('bff audit checkpoint', () => {
  const compared = expect.stringMatching(
    /^verified checkpoint \d+ of \S+Z: no rollback to an earlier state$/,
  );

  it('prints one line, with which a log that only grew verifies', async () => {
    const line = await checkpoint();
    expect(line).toMatch(/^v1,\d+,\d{4}-\S+Z,[0-9a-f]{64},\S+$/);
    await room.auditLog.record(denied('acme'), denied(null));
    expect(await verify('--checkpoint', line)).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^verified \d+ events in \d+ chains$/), compared],
    });
  });

  it('finds a database that was put back whole to before it, though it has grown since', async () => {
    const line = await checkpoint();
    await room.restore();
    expect((await verify()).code).toBe(0);
    const before = await verify('--checkpoint', line);
    expect(before.code).toBe(1);
    expect(before.lines.join()).toMatch(/^the database does not have checkpoint \d+ of \S+Z/);
    await room.auditLog.record(denied('acme'), denied('harbour'), denied('acme'));
    await room.anchored();
    expect((await verify()).code).toBe(0);
    expect((await verify('--checkpoint', line)).code).toBe(1);
  });

  it('names a chain that was put back to before it, where everything but the checkpoint was put back', async () => {
    const line = await checkpoint();
    await room.restore(['events', 'chains', 'anchor']);
    const { code, lines } = await verify('--checkpoint', line);
    expect(code).toBe(1);
    expect(lines.slice(0, 2)).toEqual([
      expect.stringMatching(
        /^the chain of acme: was rolled back to event 6; it had events up to 7 \(checkpoint/,
      ),
      expect.stringMatching(
        /^the chain of harbour: was rolled back to event 6; it had events up to 7 \(checkpoint/,
      ),
    ]);
  });

  it('still fits when the events that it covers were pruned', async () => {
    const line = await checkpoint();
    await room.bff('prune', '--older-than-days', '0', '--force');
    expect(await verify('--checkpoint', line)).toMatchObject({ code: 0 });
  });

  it('that was changed is refused with exit 1', async () => {
    const line = await checkpoint();
    const changed = line.replace(/^v1,(\d+)/, (_, counter) => `v1,${Number(counter) + 1}`);
    const refused = await verify('--checkpoint', changed);
    expect([refused.code, refused.lines.join()]).toEqual([
      1,
      expect.stringMatching(/does not match its seal/),
    ]);
  });
});
