import { expect, it } from '@jest/globals';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { the } from '../support/the.js';
import { describeLockedAuditLog, expectUnavailable } from './locked-audit-log.js';

describeLockedAuditLog((log) => {
  it('for one tenant, a user who is disabled loses access at once, and other chains can be written', async () => {
    const { bff } = log();
    const admin = await elevatedAdmin(bff, { tenantId: 'summit' });
    const viewer = await bff.signedIn(the.viewer);
    await log().during(`SELECT * FROM audit_chains WHERE chain = 'summit' FOR UPDATE`, async () => {
      const calls = Array.from({ length: 12 }, () => admin.get('/v1/tenants/summit/whatsapp'));
      const disabling = bff.operate('users.update', {
        email: the.viewer.email,
        changes: { disabled: true },
      });
      expect(await disabling).toHaveProperty('result');
      await eventually(async () => expect((await viewer.get('/session')).status).toBe(401), {
        withinMs: 1_000,
      });
      for (const answer of await Promise.all(calls)) expectUnavailable(answer);
    });
  }, 30_000);
});
