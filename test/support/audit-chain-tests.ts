import { type AuditRecord } from '@bff/audit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeAuditExport, describeAuditPrune } from './audit-command-tests.js';
import { AuditFixture, denied } from './audit-fixture.js';
import { edit, inAcme, LAST, tamperings } from './audit-tamperings.js';

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

  describeAuditExport(newDatabase, () => fixture);
  describeAuditPrune(newDatabase);
}
