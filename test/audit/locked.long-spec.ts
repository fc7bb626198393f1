import { expect, it } from '@jest/globals';
import { deputy } from '../support/administering.js';
import { AuditLogReader, requestIdOf } from '../support/audit-log-reader.js';
import { elevatedAdmin } from '../support/elevating.js';
import { the } from '../support/the.js';
import { describeLockedAuditLog, expectUnavailable, LOCKED_MS } from './locked-audit-log.js';

describeLockedAuditLog((log) => {
  it('elevated writes are rejected in time, have no effect and are not audited (LOG-08)', async () => {
    const { bff } = log();
    const auditLog = await AuditLogReader.of(bff);
    const admin = await elevatedAdmin(bff);
    bff.turnClock(30_000);
    const elevatedDeputy = await bff.signedIn(deputy, 'admin');
    const viewer = await bff.signedIn(the.viewer);
    const viewerId = auditLog.idOf(the.viewer.email);
    const startedAt = performance.now();
    const answers = await log().during('LOCK TABLE audit_chains IN ACCESS EXCLUSIVE MODE', async () => {
      const all = await Promise.all([
        admin.patch('/v1/admin/tenants/acme', { name: 'Written too late' }),
        admin.post('/v1/admin/users', { email: 'ghost@bff.example', name: 'Ghost' }),
        admin.delete(`/v1/admin/sessions?userId=${viewerId}`),
        elevatedDeputy.get('/v1/tenants/acme/whatsapp'),
        viewer.get('/v1/tenants/acme/whatsapp'),
      ]);
      expect(performance.now() - startedAt).toBeLessThan(LOCKED_MS);
      return all;
    });
    const [renamed, created, revoked, , served] = answers;
    for (const answer of [renamed, created, revoked]) expectUnavailable(answer);
    expect(served.status).toBe(200);
    expect((await viewer.get('/session')).status).toBe(200);
    const { name } = (await admin.get('/v1/admin/tenants/acme')).json as { readonly name: string };
    expect(name).toBe(the.acme.name);
    const rejected = new Set([renamed, created, revoked].map(requestIdOf));
    const events = await auditLog.events();
    expect(events.filter(({ requestId }) => rejected.has(requestId ?? ''))).toEqual([]);
    expect(JSON.stringify((await admin.get('/v1/admin/users')).json)).not.toContain('ghost@');
    expect((await admin.patch('/v1/admin/tenants/acme', { name: the.acme.name })).status).toBe(200);
  }, 30_000);
});
