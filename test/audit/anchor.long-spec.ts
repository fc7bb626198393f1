import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditFixture, denied } from '../support/audit-fixture.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';

/** The last event of acme in the saved copy; each test begins with one event more. */
const LAST = 6;
const rollBackAcme = [
  `DELETE FROM audit_chains WHERE chain = 'acme'`,
  `INSERT INTO audit_chains SELECT * FROM kept_chains WHERE chain = 'acme'`,
  `DELETE FROM audit_events WHERE chain = 'acme' AND sequence > ${LAST}`,
];
const removeAcme = [
  `DELETE FROM audit_events WHERE chain = 'acme'`,
  `DELETE FROM audit_chains WHERE chain = 'acme'`,
];
const rollBackAnchor = ['DELETE FROM audit_anchor', 'INSERT INTO audit_anchor TABLE kept_anchor'];
const inOneStatement = (...statements: readonly string[]): string =>
  `DO $$ BEGIN ${statements.join('; ')}; END $$`;

let database: TestDatabase;
let fixture: AuditFixture;
beforeAll(async () => {
  database = await lastingDatabase();
  fixture = await AuditFixture.open(database.url);
  await fixture.fill();
  await fixture.keep();
});
beforeEach(async () => {
  await fixture.restore();
  await fixture.auditLog.record(denied('acme'), denied('harbour'));
  await fixture.bff('checkpoint');
});
afterAll(async () => {
  await fixture.close();
  await database.drop();
});

const verify = (...options: string[]): ReturnType<AuditFixture['bff']> => fixture.bff('verify', ...options);
const checkpoint = async (): Promise<string> => {
  const { code, lines } = await fixture.bff('checkpoint');
  expect([code, lines.length]).toEqual([0, 1]);
  return lines[0] ?? '';
};

describe('the anchor of the chains (LOG-07)', () => {
  it('reveals a chain that was rolled back with its head', async () => {
    await fixture.sql(inOneStatement(...rollBackAcme));
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: was rolled back to event ${LAST}; it had events up to ${LAST + 1}`],
    });
  });

  it('reveals a chain that was rolled back and has grown past the anchored event', async () => {
    await fixture.sql(inOneStatement(...rollBackAcme));
    await fixture.auditLog.record(denied('acme'), denied('acme'), denied('acme'), denied('harbour'));
    await fixture.anchored('harbour');
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: does not continue from the anchored event ${LAST + 1}`],
    });
  });

  it('reveals a chain that was deleted with its head', async () => {
    await fixture.sql(inOneStatement(...removeAcme));
    expect(await verify()).toEqual({
      code: 1,
      lines: [`the chain of acme: was removed with its head; it had events up to ${LAST + 1}`],
    });
  });

  it.each<[name: string, statements: readonly string[], problem: RegExp]>([
    [
      'rolled back with the chain',
      [...rollBackAcme, ...rollBackAnchor],
      /^the anchor of the chains was rolled back: it has number \d+, and a chain names number \d+$/,
    ],
    ['removed', ['DELETE FROM audit_anchor'], /^the anchor of the chains was removed$/],
    [
      'edited',
      [`UPDATE audit_anchor SET heads = '[]'`],
      /^the anchor of the chains does not match its seal$/,
    ],
  ])('cannot be %s unnoticed', async (_, statements, problem) => {
    await fixture.auditLog.record(denied('harbour'));
    await fixture.sql(inOneStatement(...statements));
    expect(await verify()).toEqual({ code: 1, lines: [expect.stringMatching(problem)] });
  });

  it('prevents bff audit prune when a chain was rolled back', async () => {
    await fixture.sql(inOneStatement(...rollBackAcme));
    const { code, lines } = await fixture.bff('prune', '--older-than-days', '0', '--force');
    expect([code, lines.join()]).toEqual([
      1,
      expect.stringMatching(/^Nothing was removed\. the chain of acme/),
    ]);
  });

  it('is replaced by bff audit reseal, which is audited', async () => {
    await fixture.sql(inOneStatement(...rollBackAcme));
    const [problem] = (await verify()).lines;
    expect((await fixture.bff('reseal')).lines).toEqual([
      `accepted and audited: ${problem}`,
      'sealed 3 chains',
    ]);
    expect((await verify()).code).toBe(0);
    expect((await fixture.bff('export')).lines.join()).toContain(JSON.stringify([problem]));
  });

  it('is added to an audit log that has none, which verifies before and after', async () => {
    const unanchored = await lastingDatabase();
    const fresh = await AuditFixture.open(unanchored.url);
    await fresh.auditLog.record(denied('acme'));
    expect(await fresh.sql('SELECT anchor::int FROM audit_chains')).toEqual([{ anchor: 0 }]);
    expect(await fresh.bff('verify')).toEqual({ code: 0, lines: ['verified 1 events in 1 chains'] });
    await fresh.anchored();
    await fresh.auditLog.record(denied('acme'));
    expect(await fresh.sql('SELECT anchor::int FROM audit_chains')).toEqual([{ anchor: 1 }]);
    expect(await fresh.bff('verify')).toEqual({ code: 0, lines: ['verified 2 events in 1 chains'] });
    await fresh.close();
    await unanchored.drop();
  });
});

describe('a checkpoint', () => {
  const compared = expect.stringMatching(
    /^verified checkpoint \d+ of \S+Z: no rollback to an earlier state$/,
  );

  it('is one line, which verifies against an audit log that has only grown', async () => {
    const line = await checkpoint();
    expect(line).toMatch(/^v2,\d+,\d{4}-\S+Z,[0-9a-f]{64},\S+$/);
    await fixture.auditLog.record(denied('acme'), denied(null));
    expect(await verify('--checkpoint', line)).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^verified \d+ events in \d+ chains$/), compared],
    });
  });

  it('reveals a database that was restored to an earlier state, also after it has grown', async () => {
    const line = await checkpoint();
    await fixture.restore();
    expect((await verify()).code).toBe(0);
    const before = await verify('--checkpoint', line);
    expect(before.code).toBe(1);
    expect(before.lines.join()).toMatch(/^the database does not have checkpoint \d+ of \S+Z/);
    await fixture.auditLog.record(denied('acme'), denied('harbour'), denied('acme'));
    await fixture.anchored();
    expect((await verify()).code).toBe(0);
    expect((await verify('--checkpoint', line)).code).toBe(1);
  });

  it('reveals a rolled-back chain if the database has the checkpoint and everything else was restored', async () => {
    const line = await checkpoint();
    await fixture.restore(['events', 'chains', 'anchor']);
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

  it('still verifies after the events that it covers were pruned', async () => {
    const line = await checkpoint();
    await fixture.bff('prune', '--older-than-days', '0', '--force');
    expect(await verify('--checkpoint', line)).toMatchObject({ code: 0 });
  });

  it('is rejected with exit code 1 if it was edited', async () => {
    const line = await checkpoint();
    const changed = line.replace(/^v2,(\d+)/, (_, counter) => `v2,${Number(counter) + 1}`);
    const rejected = await verify('--checkpoint', changed);
    expect([rejected.code, rejected.lines.join()]).toEqual([
      1,
      expect.stringMatching(/does not match its seal/),
    ]);
  });
});
