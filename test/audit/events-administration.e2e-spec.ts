import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adminBodies } from '../support/administering.js';
import { type AuditLogReader, elevation } from '../support/audit-log-reader.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type Action, AuditedActions, type Expected, expectNoSecretsIn } from './audited-actions.js';

let actions: AuditedActions;
let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  actions = await AuditedActions.start();
  ({ bff, auditLog } = actions);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

const northwind = adminBodies['admin.tenants.create'];
const newcomer = { ...adminBodies['admin.users.create'], memberships: [] };
const usersPath = '/v1/admin/users';

describe('an event of administration has its time, actor, origin, object and outcome (LOG-06)', () => {
  it.each<[name: string, act: Action, expected: Expected]>([
    [
      'directory.changed, for a tenant',
      () => actions.asElevated((browser) => browser.post('/v1/admin/tenants', northwind)),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'northwind',
        details: { record: 'tenant', id: 'northwind', action: 'created' },
        ...elevation,
      },
    ],
    [
      'directory.changed, for credentials',
      () =>
        actions.asElevated((browser) =>
          browser.put('/v1/admin/tenants/bare/credentials', {
            scheme: 'oauth2',
            keyId: 'bare-key',
            keySecret: 'bare-canary-secret',
          }),
        ),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'bare',
        details: { record: 'credentials', id: 'bare', action: 'created' },
        ...elevation,
      },
    ],
    [
      'directory.changed, for a membership',
      () =>
        actions.asElevated((browser) =>
          browser.put(`/v1/admin/tenants/orchard/members/${auditLog.idOf(the.viewer.email)}`, {
            role: 'viewer',
          }),
        ),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'orchard',
        details: expect.objectContaining({
          record: 'membership',
          action: 'created',
          role: 'viewer',
        }),
        ...elevation,
      },
    ],
    [
      'directory.changed, for a user',
      () => actions.asElevated((browser) => browser.post(usersPath, newcomer)),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: null,
        details: expect.objectContaining({ record: 'user', action: 'created', role: 'user' }),
        ...elevation,
      },
    ],
    [
      'directory.changed, for only the name of a tenant',
      () =>
        actions.asElevated((browser) =>
          browser.patch('/v1/admin/tenants/lantern', {
            ...the.lantern,
            id: undefined,
            credentials: undefined,
            name: 'L',
          }),
        ),
      {
        event: 'directory.changed',
        tenantId: 'lantern',
        details: { record: 'tenant', id: 'lantern', action: 'updated', members: ['name'] },
        ...elevation,
      },
    ],
    [
      'credential.used, for a check',
      () => actions.asElevated((browser) => browser.post('/v1/admin/tenants/acme/credentials/check')),
      { event: 'credential.used', outcome: 'success', tenantId: 'acme', ...elevation },
    ],
    [
      'access.denied, for administration without the role admin',
      () => actions.as(the.editor, (browser) => browser.get('/v1/admin/audit')),
      { event: 'access.denied', outcome: 'refused', tenantId: null },
    ],
    [
      'access.denied, for administration without an elevation',
      () => actions.asAdmin((browser) => browser.delete('/v1/admin/tenants/lantern')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'lantern',
        details: { operation: 'admin.tenants.delete', errorCode: 'bff_elevation_required' },
      },
    ],
  ])('%s', (_, act, expected) => actions.expectAudited(act, expected));
});

it('the audit log contains no secret of administration (CRD-04, LOG-10)', async () => {
  expectNoSecretsIn(await auditLog.events());
});
