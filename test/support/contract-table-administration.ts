import { type RouteName } from '../../apps/bff/src/http/routes.js';
import {
  administering,
  asked,
  clash,
  here,
  mayHaveBody,
  ofAdmin,
  type Provocations,
  success,
  triedAtTokenEndpoint,
  unknownTenant,
  unknownUser,
} from './contract-provocations.js';
import { the } from './the.js';

/** The responses of administration. */
export const ADMIN_PROVOCATIONS = {
  'admin.tenants.list': { ...ofAdmin, ...asked(200) },
  'admin.tenants.read': { ...ofAdmin, ...asked(200), ...unknownTenant },
  'admin.tenants.create': {
    ...administering(),
    ...mayHaveBody,
    ...asked(201),
    ...clash({ body: { ...details(the.acme), id: 'another' } }),
  },
  'admin.tenants.update': {
    ...administering({ tenantId: 'bare' }),
    ...mayHaveBody,
    ...success(200, (fixture, name) => fixture.ask(name, { tenantId: 'bare', body: { name: 'Bare Ltd' } })),
    ...unknownTenant,
    ...clash({ body: { projectId: the.orchard.projectId } }),
    ...triedAtTokenEndpoint,
  },
  'admin.tenants.delete': {
    ...administering({ tenantId: 'lantern' }),
    ...mayHaveBody,
    ...success(204, async (fixture, name) => {
      await fixture.ask('admin.tenants.create', {
        body: { ...details(the.bare), id: 'gone', projectId: 'gone' },
      });
      return fixture.ask(name, { tenantId: 'gone' });
    }),
    ...unknownTenant,
  },
  'admin.credentials.read': {
    ...ofAdmin,
    ...asked(200),
    ...unknownTenant,
    '404 bff_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'bare' })),
  },
  'admin.credentials.set': {
    ...administering({ tenantId: 'orchard' }),
    ...mayHaveBody,
    ...success(200, (fixture, name) => fixture.ask(name, { tenantId: 'orchard' })),
    ...unknownTenant,
    ...clash({ tenantId: 'summit' }),
    ...triedAtTokenEndpoint,
  },
  'admin.credentials.erase': {
    ...administering({ tenantId: 'orchard' }),
    ...mayHaveBody,
    ...success(204, (fixture, name) => fixture.ask(name, { tenantId: 'orchard' })),
    ...unknownTenant,
    '404 bff_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'bare' })),
  },
  'admin.credentials.check': {
    ...administering(),
    ...mayHaveBody,
    ...asked(200),
    ...unknownTenant,
    '404 bff_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'bare', withoutBody: true })),
    '503 bff_overloaded': here((fixture, name) => fixture.askBusyTokenEndpoint(name)),
  },
  'admin.members.list': { ...ofAdmin, ...asked(200), ...unknownTenant },
  'admin.members.put': {
    ...administering({ tenantId: 'lantern' }),
    ...mayHaveBody,
    ...asked(200),
    ...unknownTenant,
    ...unknownUser,
  },
  'admin.members.remove': {
    ...administering(),
    ...mayHaveBody,
    ...success(204, async (fixture, name) => {
      const membership = { tenantId: 'bare', userId: fixture.userId(the.viewer) };
      await fixture.ask('admin.members.put', membership);
      return fixture.ask(name, membership);
    }),
    ...unknownTenant,
    ...unknownUser,
  },
  'admin.users.list': { ...ofAdmin, ...asked(200) },
  'admin.users.read': { ...ofAdmin, ...asked(200), ...unknownUser },
  'admin.users.create': {
    ...administering(),
    ...mayHaveBody,
    ...asked(201),
    ...clash({ body: { email: the.editor.email, name: 'Somebody Else' } }),
  },
  'admin.users.update': {
    ...administering(),
    ...mayHaveBody,
    ...asked(200),
    ...unknownUser,
    ...clash({ body: { email: the.editor.email } }),
  },
  'admin.users.delete': {
    ...administering(),
    ...mayHaveBody,
    ...success(204, async (fixture, name) => {
      const body = { email: 'leaver@acme.example', name: 'Lea Ver' };
      const { id } = (await fixture.ask('admin.users.create', { body })).json as { readonly id: string };
      return fixture.ask(name, { userId: id });
    }),
    ...unknownUser,
    '409 bff_conflict': here((fixture, name) => fixture.askAboutLastAdmin(name)),
  },
  'admin.sessions.list': {
    ...ofAdmin,
    ...asked(200),
    '404 bff_not_found': here((fixture, name) => fixture.ask(name, { query: '?userId=nobody' })),
    '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { query: '?tenantId=nobody' })),
  },
  'admin.sessions.end': {
    ...administering({ query: '?tenantId=orchard' }),
    ...mayHaveBody,
    ...success(200, (fixture, name) => fixture.ask(name, { query: '?tenantId=orchard' })),
    '403 bff_elevation_required': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.admin, query: '?tenantId=orchard' }),
    ),
    '404 bff_not_found': here((fixture, name) => fixture.ask(name, { query: '?userId=nobody' })),
    '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { query: '?tenantId=nobody' })),
  },
  'admin.audit.list': {
    ...ofAdmin,
    ...asked(200),
    '503 bff_directory_unavailable': here((fixture, name) => fixture.askWithout('audit_events', name)),
  },
} satisfies Partial<Record<RouteName, Provocations>>;

/** The members of a tenant's record, from a tenant of `the.directory`. */
function details({ id, name, projectId, environment, plane }: typeof the.acme | typeof the.bare): object {
  return { id, name, projectId, environment, plane };
}
