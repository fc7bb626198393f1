import { randomUUID } from 'node:crypto';
import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditRoom, denied } from './audit-room.js';

const DAY_MS = 24 * 60 * 60_000;

const inAcme = (sequence: number | string): string => `chain = 'acme' AND sequence = ${sequence}`;
const edit = (sequence: number): string =>
  `UPDATE audit_events SET record = replace(record, 'refused', 'success') WHERE ${inAcme(sequence)}`;
/** Makes the hashes of a chain fit again, as anybody can who may write to the table. */
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
  ['a record edited with its own hash made to fit', [edit(4), rehash(4, 4)], ['acme 5']],
  ['the tail edited with all hashes made to fit', [edit(4), rehash(4, LAST)], ['acme']],
  ['a hash edited', [`UPDATE audit_events SET hash = 'f00d' WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record put in the place of another, with all hashes made to fit',
    [
      `UPDATE audit_events SET record = (SELECT record FROM audit_events WHERE ${inAcme(3)}) WHERE ${inAcme(4)}`,
      rehash(4, LAST),
    ],
    ['acme 4', 'acme'],
  ],
  [
    'a record replaced by what is no JSON, with its own hash made to fit',
    [`UPDATE audit_events SET record = 'nothing to see' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  [
    'a record replaced by what is no record, with its own hash made to fit',
    [`UPDATE audit_events SET record = '{}' WHERE ${inAcme(4)}`, rehash(4, 4)],
    ['acme 4', 'acme 5'],
  ],
  ['a record in the middle deleted', [`DELETE FROM audit_events WHERE ${inAcme(4)}`], ['acme 4', 'acme 5']],
  [
    'a record in the middle deleted and the rest moved up with all hashes made to fit',
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
    'a record moved beyond all counting',
    [`UPDATE audit_events SET sequence = 9007199254740000 WHERE ${inAcme(2)}`],
    ['acme 2', 'acme 3', `acme ${LAST + 1}-9007199254739999`, 'acme 9007199254740000', 'acme'],
  ],
  [
    'two records that exchanged their places',
    [
      `UPDATE audit_events SET sequence = 99 WHERE ${inAcme(4)}`,
      `UPDATE audit_events SET sequence = 4 WHERE ${inAcme(5)}`,
      `UPDATE audit_events SET sequence = 5 WHERE ${inAcme(99)}`,
    ],
    ['acme 4', 'acme 5', `acme ${LAST}`],
  ],
  [
    'a record moved to the end of the audit log as it is listed',
    [`UPDATE audit_events SET position = DEFAULT WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'a record moved to the end of another chain',
    [`UPDATE audit_events SET chain = 'harbour', sequence = ${LAST + 1} WHERE ${inAcme(4)}`],
    ['acme 4', 'acme 5', `harbour ${LAST + 1}`, 'harbour'],
  ],
  ['a record added at the end', [forge(LAST + 1)], [`acme ${LAST + 1}`, 'acme']],
  ['a record added at the end with its hash made to fit', [forge(7), rehash(7, 7)], ['acme']],
  ['a record added before the beginning', [forge(0)], ['acme 0']],
  [
    'the tenant edited by which a record is found',
    [`UPDATE audit_events SET tenant_id = 'harbour' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the tenant removed by which a record is found',
    [`UPDATE audit_events SET tenant_id = NULL WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the actor edited by whom a record is found',
    [`UPDATE audit_events SET actor_id = '${randomUUID()}' WHERE ${inAcme(4)}`],
    ['acme 4'],
  ],
  [
    'the time edited by which a record is kept or removed',
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

/** Puts the ends of all chains back to what they were when they were kept, seals included. */
const oldEnds = ['DELETE FROM audit_chains', 'INSERT INTO audit_chains TABLE kept_chains'];

/** The same proofs, whichever database holds the audit log. */
export function provesItself(newDatabase: () => Promise<string>): void {
  let room: AuditRoom;
  beforeAll(async () => {
    room = await AuditRoom.open(await newDatabase());
    await room.fill();
    await room.keep();
  });
  afterAll(() => room.close());

  describe('the chains (LOG-07)', () => {
    beforeEach(() => room.restore());

    it('are whole after work for two tenants and for none', async () => {
      expect(await room.found()).toEqual([]);
      expect(await room.bff('verify')).toEqual({ code: 0, lines: ['18 events in 3 chains: whole'] });
      await room.auditLog.record(denied('acme'), denied(null), denied('acme'));
      expect(await room.bff('verify')).toEqual({ code: 0, lines: ['21 events in 3 chains: whole'] });
    });

    it.each(tamperings)('say it and where: %s', async (_, statements, places) => {
      await room.sql(...statements);
      expect(await room.found()).toEqual(places);
    });

    it('say it to the operator with the id of the event, and exit 1', async () => {
      const [row] = await room.sql(edit(4), `SELECT record FROM audit_events WHERE ${inAcme(4)}`);
      const { id } = JSON.parse(String(row?.['record'])) as AuditRecord;
      expect(await room.bff('verify')).toEqual({
        code: 1,
        lines: [`the chain of acme: event 4 (${id}) was edited or reordered`],
      });
    });

    it('say it when an older end is put back with its old seal while the records after it are still there', async () => {
      await room.auditLog.record(denied('acme'), denied('acme'));
      await room.sql(...oldEnds);
      expect(await room.found()).toEqual(['acme']);
    });

    it('take nothing more where their end is not what was sealed, so that nothing is covered up', async () => {
      await room.sql(`UPDATE audit_chains SET sequence = ${LAST - 1} WHERE chain = 'acme'`);
      await expect(room.auditLog.record(denied('acme'))).rejects.toMatchObject({
        errorCode: 'bff_audit_unavailable',
      });
      await room.auditLog.record(denied('harbour'));
      expect(await room.found()).toContain('acme');
    });
  });

  describe('a chain whose head does not match its seal', () => {
    beforeEach(async () => {
      await room.restore();
      await room.sql(`UPDATE audit_chains SET seal = 'f00d' WHERE chain = 'acme'`);
    });

    it('holds up nothing of the others', async () => {
      room.auditLog.later(denied('acme'));
      room.auditLog.later(denied('harbour'));
      await room.auditLog.flush();
      const after = `SELECT chain, max(sequence)::int AS last FROM audit_events WHERE chain <> '' GROUP BY chain ORDER BY chain`;
      expect(await room.sql(after)).toEqual([
        { chain: 'acme', last: LAST },
        { chain: 'harbour', last: LAST + 1 },
      ]);
      await room.bff('reseal');
      await room.auditLog.flush();
      expect(await room.sql(after)).toEqual([
        { chain: 'acme', last: LAST + 1 },
        { chain: 'harbour', last: LAST + 1 },
      ]);
    });

    it('goes on when an operator accepts it, which stays on record', async () => {
      expect(await room.bff('reseal')).toEqual({
        code: 0,
        lines: ['the chain of acme: seal mismatch repaired; the repair is audited', '3 chains sealed'],
      });
      await room.auditLog.record(denied('acme'));
      expect(await room.found()).toEqual([]);
      const { lines } = await room.bff('export');
      expect(lines.map((line) => JSON.parse(line) as AuditRecord)).toContainEqual(
        expect.objectContaining({
          event: 'audit.resealed',
          actor: { kind: 'operator', id: null },
          details: { chains: 3, mismatches: ['the chain of acme'] },
        }),
      );
    });

    it('still names what was removed before it was accepted', async () => {
      await room.sql(`DELETE FROM audit_events WHERE ${inAcme(LAST)}`);
      await room.bff('reseal');
      expect(await room.found()).toEqual([`acme ${LAST}`, 'acme']);
    });
  });

  describe('a chain without its head', () => {
    it('or its seal alone, is named when it is resealed', async () => {
      const room = await AuditRoom.open(await newDatabase());
      await room.fill();
      await room.sql(`UPDATE audit_chains SET seal = '' WHERE chain = 'acme'`);
      const { lines } = await room.bff('reseal');
      expect(lines.filter((line) => line.includes('seal mismatch'))).toEqual([
        expect.stringMatching(/^the chain of acme: /),
      ]);
      await room.close();
    });

    it('takes nothing more and holds no other up, until it is resealed', async () => {
      const room = await AuditRoom.open(await newDatabase());
      await room.fill();
      await room.sql(`DELETE FROM audit_chains WHERE chain = 'acme'`);
      room.auditLog.later(denied('acme'));
      room.auditLog.later(denied('harbour'));
      await room.auditLog.flush();
      await expect(room.auditLog.record(denied('acme'))).rejects.toThrow();
      await room.auditLog.record(denied(null));
      expect(await room.found()).toEqual(['acme']);
      const [{ count } = {}] = await room.sql(
        `SELECT count(*)::int FROM audit_events WHERE chain IN ('harbour', '')`,
      );
      const { code, lines } = await room.bff('reseal');
      expect([code, lines[0]]).toEqual([
        0,
        expect.stringMatching(/^the chain of acme: seal mismatch repaired/),
      ]);
      await room.auditLog.record(denied('acme'));
      expect(await room.found()).toEqual([]);
      expect(await room.sql(`SELECT count(*)::int FROM audit_events WHERE chain IN ('harbour', '')`)).toEqual(
        [{ count: Number(count) + 1 }],
      );
      await room.close();
    });
  });

  describe('bff audit export', () => {
    it('leaves out nothing, wherever somebody has moved it', async () => {
      const room = await AuditRoom.open(await newDatabase());
      await room.fill();
      const before = (await room.bff('export')).lines;
      await room.sql(
        'ALTER TABLE audit_events ALTER COLUMN position DROP IDENTITY',
        'UPDATE audit_events SET position = position - 100000',
      );
      expect((await room.bff('export')).lines).toEqual(before);
      await room.close();
    });

    it('writes every record as it is kept, one line of JSON each, the oldest first', async () => {
      await room.restore();
      const kept = await room.sql('SELECT record FROM audit_events ORDER BY position');
      const { code, lines } = await room.bff('export');
      expect(code).toBe(0);
      expect(lines).toEqual(kept.map(({ record }) => record));
      expect(lines).toHaveLength(18);
    });

    it('shows a terminal nothing that it would obey, and JSON.parse gives it back as it was', async () => {
      await room.restore();
      const obeyed = [
        ...[0x07, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029],
        ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
      ].map((code) => String.fromCharCode(code));
      const reason = `Ticket "4711" \\ ${obeyed.join('x')} Zażółć 👋🏽`;
      await room.auditLog.record(denied('acme', reason));
      const { lines } = await room.bff('export');
      const last = lines.at(-1) ?? '';
      expect((JSON.parse(last) as AuditRecord).reason).toBe(reason);
      const shown = obeyed.filter((character) => lines.join('').includes(character));
      expect(shown.map((character) => character.charCodeAt(0).toString(16))).toEqual([]);
      expect(last).toContain('Zażółć 👋🏽');
      expect((await room.bff('verify')).code).toBe(0);
    });
  });

  describe('bff audit prune', () => {
    /** Three old events, one of yesterday, one that came later with an old time, one of now; in acme's chain alone. */
    async function aged(): Promise<AuditRoom> {
      const old = await AuditRoom.open(await newDatabase());
      const present = old.clock.now;
      for (const days of [100, 90, 80, 1, 60, 0]) {
        old.clock.now = present - days * DAY_MS;
        await old.auditLog.record(denied('acme'));
      }
      return old;
    }
    let old: AuditRoom;
    afterEach(() => old.close());

    it('removes what is older at the beginning of a chain, and the rest is whole and goes on', async () => {
      old = await aged();
      const before = (await old.bff('export')).lines;
      const [first, last] = [before[0], before[2]].map((line) => (JSON.parse(line ?? '') as AuditRecord).at);
      expect((await old.bff('prune', '--older-than-days', '30')).lines).toEqual([
        `the chain of acme: 3 events from ${first} to ${last}`,
        expect.stringMatching(/^3 events removed, all from before \d{4}-\d\d-\d\dT/),
      ]);
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['4 events in 2 chains: whole'] });
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
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['5 events in 2 chains: whole'] });
      expect((await old.bff('prune', '--older-than-days', '30')).lines).toEqual([
        expect.stringMatching(/^0 events removed/),
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
    ])(
      'pruning removes nothing from an audit log that does not verify: %s',
      async (_, statements, places) => {
        old = await aged();
        await old.sql(...statements);
        const count = await old.sql('SELECT count(*)::int FROM audit_events');
        const { code, lines } = await old.bff('prune', '--older-than-days', '30');
        expect(code).toBe(1);
        expect(lines.join()).toMatch(/^Nothing was removed\. the chain of acme: event \d/);
        expect(await old.sql('SELECT count(*)::int FROM audit_events')).toEqual(count);
        expect(await old.found()).toEqual(places);
      },
    );

    it('refuses to remove events of the last 30 days without --force: exit 2', async () => {
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

    it('says with --dry-run what it would remove, and removes nothing', async () => {
      old = await aged();
      const before = (await old.bff('export')).lines;
      const { code, lines } = await old.bff('prune', '--older-than-days', '1', '--dry-run');
      expect(code).toBe(0);
      expect(lines).toEqual([
        expect.stringMatching(/^the chain of acme: 5 events from \S+Z to \S+Z$/),
        expect.stringMatching(/^5 events would be removed, all from before \S+Z$/),
      ]);
      expect((await old.bff('export')).lines).toEqual(before);
    });

    it('leaves a chain of which everything went, that goes on after its checkpoint', async () => {
      old = await aged();
      await old.bff('prune', '--older-than-days', '0', '--force');
      expect(await old.bff('verify')).toEqual({ code: 0, lines: ['1 events in 2 chains: whole'] });
      await old.auditLog.record(denied('acme'));
      expect(await old.sql(`SELECT sequence::int FROM audit_events WHERE chain = 'acme'`)).toEqual([
        { sequence: 7 },
      ]);
      expect(await old.found()).toEqual([]);
    });

    it.each<Tampering>([
      ['a record of the rest edited', [edit(5)], ['acme 5']],
      [
        'the first record of the rest deleted',
        [`DELETE FROM audit_events WHERE ${inAcme(4)}`],
        ['acme 4', 'acme 5'],
      ],
      ['a record put back where records were removed', [forge(2)], ['acme 2']],
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
        'the pruning taken off the record',
        [`DELETE FROM audit_events WHERE chain = ''`],
        ['events without a tenant 1', 'events without a tenant'],
      ],
    ])('leaves a rest that says it: %s', async (_, statements, places) => {
      old = await aged();
      await old.bff('prune', '--older-than-days', '30');
      await old.sql(...statements);
      expect(await old.found()).toEqual(places);
    });
  });
}
