import { type AuditRecord } from '@bff/audit';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AuditFixture, denied } from './audit-fixture.js';
import { edit, forge, inAcme, type Tampering } from './audit-tamperings.js';

const DAY_MS = 24 * 60 * 60_000;

/**
 * The tests of `bff audit export`.
 * @param filled a fixture with 18 events, which `restore` restores
 */
export function describeAuditExport(newDatabase: () => Promise<string>, filled: () => AuditFixture): void {
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
      await filled().restore();
      const kept = await filled().sql('SELECT record FROM audit_events ORDER BY position');
      const { code, lines } = await filled().bff('export');
      expect(code).toBe(0);
      expect(lines).toEqual(kept.map(({ record }) => record));
      expect(lines).toHaveLength(18);
    });

    it('escapes control characters for the terminal, and JSON.parse restores them', async () => {
      await filled().restore();
      const controls = [
        ...[0x07, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029],
        ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
      ].map((code) => String.fromCharCode(code));
      const reason = `Ticket "4711" \\ ${controls.join('x')} Zażółć 👋🏽`;
      await filled().auditLog.record(denied('acme', reason));
      const { lines } = await filled().bff('export');
      const last = lines.at(-1) ?? '';
      expect((JSON.parse(last) as AuditRecord).reason).toBe(reason);
      const shown = controls.filter((character) => lines.join('').includes(character));
      expect(shown.map((character) => character.charCodeAt(0).toString(16))).toEqual([]);
      expect(last).toContain('Zażółć 👋🏽');
      expect((await filled().bff('verify')).code).toBe(0);
    });
  });
}

/** The tests of `bff audit prune`. */
export function describeAuditPrune(newDatabase: () => Promise<string>): void {
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
