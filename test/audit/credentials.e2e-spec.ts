import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { AuditLogReader } from '../support/audit-log-reader.js';

const DAY_MS = 24 * 60 * 60_000;

let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  bff = await startBff();
  auditLog = await AuditLogReader.of(bff);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

describe('the use of a credential (CRD-15)', () => {
  const uses = async (tenant: string): Promise<readonly AuditRecord[]> =>
    (await auditLog.events(`tenantId=${tenant}`)).filter(
      ({ event, actor }) => event === 'credential.used' && actor.kind === 'service',
    );
  const call = async (tenant: string, times = 1): Promise<void> => {
    const browser = await bff.signedIn(the.editor);
    for (let time = 0; time < times; time += 1) {
      expect((await browser.get(`/v1/tenants/${tenant}/whatsapp`)).status).toBe(200);
    }
  };
  const toNextMorning = (): void => bff.turnClock(DAY_MS - (bff.now() % DAY_MS) + 60 * 60_000);

  it('is audited once per token, with key id and version', async () => {
    toNextMorning();
    const before = (await uses('acme')).length;
    await call('acme', 3);
    expect(await uses('acme')).toHaveLength(before + 1);
    bff.turnClock(2 * 60 * 60_000);
    await call('acme', 2);
    const after = await uses('acme');
    expect(after).toHaveLength(before + 2);
    expect(after[0]).toMatchObject({
      ...{ outcome: 'success', actor: { kind: 'service', id: null }, session: null, tenantId: 'acme' },
      details: { scheme: 'oauth2', keyId: 'acme-key', version: expect.any(Number), server: 'production' },
    });
    expect(bff.sinch.tokens.production.requests).toHaveLength(2);
  });

  it('is audited once per version and day for scheme basic', async () => {
    toNextMorning();
    const before = (await uses('harbour')).length;
    await call('harbour', 3);
    expect(await uses('harbour')).toHaveLength(before + 1);
    bff.turnClock(22 * 60 * 60_000 + 59 * 60_000);
    await call('harbour');
    expect(await uses('harbour')).toHaveLength(before + 1);
    bff.turnClock(60_000);
    await call('harbour', 2);
    expect(await uses('harbour')).toHaveLength(before + 2);
    await bff.apply({ tenants: [{ id: 'acme', name: 'Acme Group' }] });
    await call('harbour');
    expect(await uses('harbour')).toHaveLength(before + 2);
    const keySecret = 'harbour-canary-secret-2';
    await bff.apply({ tenants: [{ id: 'harbour', credentials: { ...the.harbour.credentials, keySecret } }] });
    await call('harbour', 2);
    const [latest, previous] = await uses('harbour');
    expect(await uses('harbour')).toHaveLength(before + 3);
    expect(latest?.details['version']).toBeGreaterThan(Number(previous?.details['version']));
  });

  it('is audited without a tenant for the admin plane', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    bff.turnClock(2 * 60_000);
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    // The event is queued when the token arrives, and written shortly after.
    const check = async (): Promise<void> => {
      const used = (await auditLog.events()).find(({ details }) => details['server'] === 'admin-production');
      expect(used).toMatchObject({
        ...{ event: 'credential.used', tenantId: null },
        details: { owner: 'production', keyId: 'admin-production-key' },
      });
    };
    await eventually(check, { withinMs: 5_000 });
  });
});
