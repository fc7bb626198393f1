import { randomUUID } from 'node:crypto';
import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditFixture, denied } from './audit-fixture.js';

const DAY_MS = 24 * 60 * 60_000;

const inAcme = (sequence: number | string): string => `chain = 'acme' AND sequence = ${sequence}`;
const edit = (sequence: number): string =>
  `UPDATE audit_events SET record = replace(record, 'refused', 'success') WHERE ${inAcme(sequence)}`;
/** Recalculates the hashes of a chain, as is possible for anyone who may write to the table. */
const rehash = (from: number, to: number): string => `DO $$
  DECLARE row record; previous text := (SELECT hash FROM audit_events WHERE ${inAcme(from - 1)});
  BEGIN
    FOR row IN SELECT * FROM audit_events WHERE chain = 'acme' AND sequence BETWEEN ${from} AND ${to} ORDER BY sequence LOOP
      previous := encode(sha256(convert_to(
        coalesce(previous, '') || E'\\n' || row.sequence || E'\\n' || row.record, 'UTF8')), 'hex');
      UPDATE audit_events SET hash = previous WHERE position = row.position;
    END LOOP;
  END $$`;
/** An event that never happened, with the time, record and columns of a real one. */
const forge = (sequence: number): string => `INSERT INTO audit_events
  (chain, sequence, at, tenant_id, actor_id, record, hash)
  SELECT chain, ${sequence}, at, tenant_id, actor_id, record, hash FROM audit_events WHERE ${inAcme(4)}`;
const LAST = 6;

type Tampering = [what: string, statements: string[], places: string[]];

const tamperings: Tampering[] = [
  ['the text of a record edited', [edit(4)], ['acme 4']],
  ['a record edited with its own hash recalculated', [edit(4), rehash(4, 4)], ['acme 5']],
  ['the tail edited with all hashes recalculated', [edit(4), rehash(4, LAST)], ['acme']],
  ['a hash edited', [`UPDATE audit_events SET hash = 'f00d' WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record put in the place of another, with all hashes recalculated',
    [
      `UPDATE audit_events SET record = (SELECT record FROM audit_events WHERE ${inAcme(3)}) WHERE ${inAcme(4)}`,
      rehash(4, LAST),
    ],
    ['acme 4', 'acme'],
  ],
  [
    'a record replaced by text that is not JSON, with its own hash recalculated',
    [`UPDATE audit_events SET record = 'nothing to see' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  [
    'a record replaced by JSON that is not a record, with its own hash recalculated',
    [`UPDATE audit_events SET record = '{}' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  ['a record in the middle deleted', [`DELETE FROM audit_events WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record in the middle deleted and the rest moved up with all hashes recalculated',
    [
      `DELETE FROM audit_events WHERE ${inAcme(4)}`,
      `UPDATE audit_events SET sequence = sequence - 1 WHERE ${inAcme(5)}`,
      `UPDATE audit_events SET sequence = sequence - 1 WHERE ${inAcme(LAST)}`,
      rehash(4, LAST),
    ],
    [`acme ${LAST}`, 'acme'],
  ],
  ['the last record deleted', [`DELETE FROM audit_events WHERE ${inAcme(LAST)}`], [`acme ${LAST}`, 'acme']],
  [
    'the first two records deleted',
    [`DELETE FROM audit_events WHERE ${inAcme(1)} OR ${inAcme(2)}`],
    ['acme 1-2', 'acme 3'],
  ],
  [
    'every record of a chain deleted',
    [`DELETE FROM audit_events WHERE chain = 'acme'`],
    [`acme 1-${LAST}`, 'acme'],
  ],
  [
    'a record moved to a huge sequence number',
    [`UPDATE audit_events SET sequence = 9007199254740000 WHERE ${inAcme(2)}`],
    ['acme 2', 'acme 3', `acme ${LAST + 1}-9007199254739999`, 'acme 9007199254740000', 'acme'],
  ],
  [
    'two records exchanged',
    [
      `UPDATE audit_events SET sequence = 99 WHERE ${inAcme(4)}`,
      `UPDATE audit_events SET sequence = 4 WHERE ${inAcme(5)}`,
      `UPDATE audit_events SET sequence = 5 WHERE ${inAcme(99)}`,
    ],
    ['acme 4', 'acme 5', `acme ${LAST}`],
  ],
  [
    'a record moved to the end of the listed audit log',
    [`UPDATE audit_events SET position = DEFAULT WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'a record moved to the end of another chain',
    [`UPDATE audit_events SET chain = 'harbour', sequence = ${LAST + 1} WHERE ${inAcme(4)}`],
    ['acme 4', 'acme 5', `harbour ${LAST + 1}`, 'harbour'],
  ],
  ['a record added at the end', [forge(LAST + 1)], [`acme ${LAST + 1}`, 'acme']],
  ['a record added at the end with its hash recalculated', [forge(7), rehash(7, 7)], ['acme']],
  ['a record added before the beginning', [forge(0)], ['acme 0']],
  [
    'the tenant column of a record edited',
    [`UPDATE audit_events SET tenant_id = 'harbour' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the tenant column of a record removed',
    [`UPDATE audit_events SET tenant_id = NULL WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the actor column of a record edited',
    [`UPDATE audit_events SET actor_id = '${randomUUID()}' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the time column of a record edited',
    [`UPDATE audit_events SET at = at - interval '1 year' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the head of a chain moved to the record before, and the last record deleted',
    [
      `DELETE FROM audit_events WHERE ${inAcme(LAST)}`,
      `UPDATE audit_chains SET sequence = ${LAST - 1},
        hash = (SELECT hash FROM audit_events WHERE ${inAcme(LAST - 1)}) WHERE chain = 'acme'`,
    ],
    ['acme'],
  ],
  [
    'the beginning of a chain moved, and the first record deleted',
    [
      `UPDATE audit_chains SET pruned_sequence = 1,
        pruned_hash = (SELECT hash FROM audit_events WHERE ${inAcme(1)}) WHERE chain = 'acme'`,
      `DELETE FROM audit_events WHERE ${inAcme(1)}`,
    ],
    ['acme'],
  ],
  ['the seal edited', [`UPDATE audit_chains SET seal = 'f00d' WHERE chain = 'acme'`], ['acme']],
  [
    'the seal of another chain copied',
    [
      `UPDATE audit_chains SET seal = (SELECT seal FROM audit_chains WHERE chain = 'harbour') WHERE chain = 'acme'`,
    ],
    ['acme'],
  ],
  ['the head of a chain deleted', [`DELETE FROM audit_chains WHERE chain = 'acme'`], ['acme']],
  [
    'a record of no tenant edited',
    [
      `UPDATE audit_events SET record = replace(record, 'refused', 'success') WHERE chain = '' AND sequence = 4`,
    ],
    ['events without a tenant 4'],
  ],
];

/** Restores the saved heads of all chains, seals included. */
const restoreOldHeads = ['DELETE FROM audit_chains', 'INSERT INTO audit_chains TABLE kept_chains'];

/** The tests of the audit chains, which each database must pass. */
export function describeAuditChains(newDatabase: () => Promise<string>): void {
  let fixture: AuditFixture;
  beforeAll(async () => {
    fixture = await AuditFixture.open(await newDatabase());
    await fixture.fill();
    await fixture.keep();
  });
  afterAll(() => fixture.close());

  describe('the audit chains (LOG-07)', () => {
    beforeEach(() => fixture.restore());

    it('are intact after events of two tenants and of no tenant', async () => {
      expect(await fixture.found()).toEqual([]);
      expect(await fixture.bff('verify')).toEqual({ code: 0, lines: ['verified 18 events in 3 chains'] });
      await fixture.auditLog.record(denied('acme'), denied(null), denied('acme'));
      expect(await fixture.bff('verify')).toEqual({ code: 0, lines: ['verified 21 events in 3 chains'] });
    });

    it.each(tamperings)('reveal the place of a tampering: %s', async (_, statements, places) => {
      await fixture.sql(...statements);
      expect(await fixture.found()).toEqual(places);
    });

    it('make bff audit verify print the id of the tampered event and exit with 1', async () => {
      const [row] = await fixture.sql(edit(4), `SELECT record FROM audit_events WHERE ${inAcme(4)}`);
      const { id } = JSON.parse(String(row?.['record'])) as AuditRecord;
      expect(await fixture.bff('verify')).toEqual({
        code: 1,
        lines: [`the chain of acme: event 4 (${id}) was edited or reordered`],
      });
    });

    it('reveal an older head that is restored with its seal while later records remain', async () => {
      await fixture.auditLog.record(denied('acme'), denied('acme'));
      await fixture.sql(...restoreOldHeads);
      expect(await fixture.found()).toEqual(['acme']);
    });

    it('accept no event if the head does not match the seal, so that no tampering is covered up', async () => {
      await fixture.sql(`UPDATE audit_chains SET sequence = ${LAST - 1} WHERE chain = 'acme'`);
      await expect(fixture.auditLog.record(denied('acme'))).rejects.toMatchObject({
        errorCode: 'bff_audit_unavailable',
      });
      await fixture.auditLog.record(denied('harbour'));
      expect(await fixture.found()).toContain('acme');
    });
  });

  describe('a chain whose head does not match its seal', () => {
    beforeEach(async () => {
      await fixture.restore();
      await fixture.sql(`UPDATE audit_chains SET seal = 'f00d' WHERE chain = 'acme'`);
    });

    it('does not block the other chains', async () => {
      fixture.auditLog.later(denied('acme'));
      fixture.auditLog.later(denied('harbour'));
      await fixture.auditLog.flush();
      const after = `SELECT chain, max(sequence)::int AS last FROM audit_events WHERE chain <> '' GROUP BY chain ORDER BY chain`;
      expect(await fixture.sql(after)).toEqual([
        { chain: 'acme', last: LAST },
        { chain: 'harbour', last: LAST + 1 },
      ]);
      await fixture.bff('reseal');
      await fixture.auditLog.flush();
      expect(await fixture.sql(after)).toEqual([
        { chain: 'acme', last: LAST + 1 },
        { chain: 'harbour', last: LAST + 1 },
      ]);
    });

    it('accepts events again after an operator reseals it, which is audited', async () => {
      expect(await fixture.bff('reseal')).toEqual({
        code: 0,
        lines: ['the chain of acme: seal mismatch repaired; the repair is audited', 'sealed 3 chains'],
      });
      await fixture.auditLog.record(denied('acme'));
      expect(await fixture.found()).toEqual([]);
      const { lines } = await fixture.bff('export');
      expect(lines.map((line) => JSON.parse(line) as AuditRecord)).toContainEqual(
        expect.objectContaining({
          event: 'audit.resealed',
          actor: { kind: 'operator', id: null },
          details: { chains: 3, mismatches: ['the chain of acme'] },
        }),
      );
    });

    it('still reveals records that were removed before the reseal', async () => {
      await fixture.sql(`DELETE FROM audit_events WHERE ${inAcme(LAST)}`);
      await fixture.bff('reseal');
      expect(await fixture.found()).toEqual([`acme ${LAST}`, 'acme']);
    });
  });

  describe('a chain without its head', () => {
    it('is reported by reseal if only its seal is missing', async () => {
      const fixture = await AuditFixture.open(await newDatabase());
      await fixture.fill();
      await fixture.sql(`UPDATE audit_chains SET seal = '' WHERE chain = 'acme'`);
      const { lines } = await fixture.bff('reseal');
      expect(lines.filter((line) => line.includes('seal mismatch'))).toEqual([
        expect.stringMatching(/^the chain of acme: /),
      ]);
      await fixture.close();
    });

    it('accepts no event until it is resealed, and does not block the other chains', async () => {
      const fixture = await AuditFixture.open(await newDatabase());
      await fixture.fill();
      await fixture.sql(`DELETE FROM audit_chains WHERE chain = 'acme'`);
      fixture.auditLog.later(denied('acme'));
      fixture.auditLog.later(denied('harbour'));
      await fixture.auditLog.flush();
      await expect(fixture.auditLog.record(denied('acme'))).rejects.toThrow();
      await fixture.auditLog.record(denied(null));
      expect(await fixture.found()).toEqual(['acme']);
      const [{ count } = {}] = await fixture.sql(
        `SELECT count(*)::int FROM audit_events WHERE chain IN ('harbour', '')`,
      );
      const { code, lines } = await fixture.bff('reseal');
      expect([code, lines[0]]).toEqual([
        0,
        expect.stringMatching(/^the chain of acme: seal mismatch repaired/),
      ]);
      await fixture.auditLog.record(denied('acme'));
      expect(await fixture.found()).toEqual([]);
      expect(
        await fixture.sql(`SELECT count(*)::int FROM audit_events WHERE chain IN ('harbour', '')`),
      ).toEqual([{ count: Number(count) + 1 }]);
      await fixture.close();
    });
  });

  describe('bff audit export', () => {
    it('includes records that were moved to other positions', async () => {
      const fixture = await AuditFixture.open(await newDatabase());
      await fixture.fill();
      const before = (await fixture.bff('export')).lines;
      await fixture.sql(
        'ALTER TABLE audit_events ALTER COLUMN position DROP IDENTITY',
        'UPDATE audit_events SET position = position - 100000',
      );
      expect((await fixture.bff('export')).lines).toEqual(before);
      await fixture.close();
    });

    it('writes every stored record unchanged, one line of JSON each, the oldest first', async () => {
      await fixture.restore();
      const kept = await fixture.sql('SELECT record FROM audit_events ORDER BY position');
      const { code, lines } = await fixture.bff('export');
      expect(code).toBe(0);
      expect(lines).toEqual(kept.map(({ record }) => record));
      expect(lines).toHaveLength(18);
    });

    it('escapes control characters for the terminal, and JSON.parse restores them', async () => {
      await fixture.restore();
      const controls = [
        ...[0x07, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029],
        ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
      ].map((code) => String.fromCharCode(code));
      const reason = `Ticket "4711" \\ ${controls.join('x')} Zażółć 👋🏽`;
      await fixture.auditLog.record(denied('acme', reason));
      const { lines } = await fixture.bff('export');
      const last = lines.at(-1) ?? '';
      expect((JSON.parse(last) as AuditRecord).reason).toBe(reason);
      const shown = controls.filter((character) => lines.join('').includes(character));
      expect(shown.map((character) => character.charCodeAt(0).toString(16))).toEqual([]);
      expect(last).toContain('Zażółć 👋🏽');
      expect((await fixture.bff('verify')).code).toBe(0);
    });
  });

  describe('bff audit prune', () => {
    /**
     * Three old events, one of yesterday, a later one with an old time, and one of now, all in the chain of
     * acme.
     */
    async function aged(): Promise<AuditFixture> {
      const old = await AuditFixture.open(await newDatabase());
      const present = old.clock.now;
      for (const days of [100, 90, 80, 1, 60, 0]) {
        old.clock.now = present - days * DAY_MS;
        await old.auditLog.record(denied('acme'));
      }
      return old;
    }
    let old: AuditFixture;
    afterEach(() => old.close());

    it('removes older events at the beginning of a chain, and the rest is intact and accepts events', async () => {
      old = await aged();
      const before = (await old.bff('export')).lines;
      const [first, last] = [before[0], before[2]].map((line) => (JSON.parse(line ?? '') as AuditRecord).at);
      expect((await old.bff('prune', '--older-than-days', '30')).lines).toEqual([
        `the chain of acme: 3 events from ${first} to ${last}`,
        expect.stringMatching(/^removed 3 events from before \d{4}-\d\d-\d\dT/),
      ]);
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['verified 4 events in 2 chains'] });
      const { lines } = await old.bff('export');
      expect(lines.slice(0, 3)).toEqual(before.slice(3));
      expect(JSON.parse(lines[3] ?? '')).toMatchObject({
        event: 'audit.pruned',
        actor: { kind: 'operator', id: null },
        tenantId: null,
        outcome: 'success',
        details: { removed: 3, before: expect.stringMatching(/Z$/) },
      });
      await old.auditLog.record(denied('acme'));
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['verified 5 events in 2 chains'] });
      expect((await old.bff('prune', '--older-than-days', '30')).lines).toEqual([
        expect.stringMatching(/^removed 0 events/),
      ]);
    });

    it.each<Tampering>([
      ['a record edited', [edit(2)], ['acme 2']],
      ['a record deleted', [`DELETE FROM audit_events WHERE ${inAcme(2)}`], ['acme 2', 'acme 3']],
      [
        'young records made old',
        [`UPDATE audit_events SET at = at - interval '400 days' WHERE ${inAcme(6)} OR ${inAcme(4)}`],
        ['acme 4', 'acme 6'],
      ],
    ])('removes nothing from an audit log that does not verify: %s', async (_, statements, places) => {
      old = await aged();
      await old.sql(...statements);
      const count = await old.sql('SELECT count(*)::int FROM audit_events');
      const { code, lines } = await old.bff('prune', '--older-than-days', '30');
      expect(code).toBe(1);
      expect(lines.join()).toMatch(/^Nothing was removed\. the chain of acme: event \d/);
      expect(await old.sql('SELECT count(*)::int FROM audit_events')).toEqual(count);
      expect(await old.found()).toEqual(places);
    });

    it('rejects the removal of events of the last 30 days without --force, with exit 2', async () => {
      old = await aged();
      const before = (await old.bff('export')).lines;
      for (const days of ['0', '29']) {
        expect(await old.bff('prune', '--older-than-days', days)).toEqual({
          code: 2,
          lines: ['Events of the last 30 days are removed only with --force.'],
        });
      }
      expect((await old.bff('export')).lines).toEqual(before);
    });

    it('prints with --dry-run the number of events to remove, and removes nothing', async () => {
      old = await aged();
      const before = (await old.bff('export')).lines;
      const { code, lines } = await old.bff('prune', '--older-than-days', '1', '--dry-run');
      expect(code).toBe(0);
      expect(lines).toEqual([
        expect.stringMatching(/^the chain of acme: 5 events from \S+Z to \S+Z$/),
        expect.stringMatching(/^would remove 5 events from before \S+Z$/),
      ]);
      expect((await old.bff('export')).lines).toEqual(before);
    });

    it('can remove all events of a chain, which continues after its checkpoint', async () => {
      old = await aged();
      await old.bff('prune', '--older-than-days', '0', '--force');
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['verified 1 events in 2 chains'] });
      await old.auditLog.record(denied('acme'));
      expect(await old.sql(`SELECT sequence::int FROM audit_events WHERE chain = 'acme'`)).toEqual([
        { sequence: 7 },
      ]);
      expect(await old.found()).toEqual([]);
    });

    it.each<Tampering>([
      ['a remaining record edited', [edit(5)], ['acme 5']],
      [
        'the first remaining record deleted',
        [`DELETE FROM audit_events WHERE ${inAcme(4)}`],
        ['acme 4', 'acme 5'],
      ],
      ['a record inserted where records were removed', [forge(2)], ['acme 2']],
      [
        'the hash of the checkpoint edited',
        [`UPDATE audit_chains SET pruned_hash = 'f00d' WHERE chain = 'acme'`],
        ['acme 4', 'acme'],
      ],
      [
        'the checkpoint moved over a record that was deleted',
        [
          `UPDATE audit_chains SET pruned_sequence = 4,
            pruned_hash = (SELECT hash FROM audit_events WHERE ${inAcme(4)}) WHERE chain = 'acme'`,
          `DELETE FROM audit_events WHERE ${inAcme(4)}`,
        ],
        ['acme'],
      ],
      [
        'the event of the pruning deleted',
        [`DELETE FROM audit_events WHERE chain = ''`],
        ['events without a tenant 1', 'events without a tenant'],
      ],
    ])('leaves a chain that reveals tampering: %s', async (_, statements, places) => {
      old = await aged();
      await old.bff('prune', '--older-than-days', '30');
      await old.sql(...statements);
      expect(await old.found()).toEqual(places);
    });
  });
}
