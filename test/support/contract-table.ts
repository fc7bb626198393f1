import { type Answer } from './browser.js';
import { type Asking, type ContractFixture } from './contract-fixture.js';
import { type Pair } from './contract.js';
import { askElevation } from './elevating.js';
import { askRaw } from './raw-answer.js';
import { type Reply } from './reply.js';
import { the } from './the.js';
import { type RouteName } from '../../apps/bff/src/http/routes.js';

/** How a documented response is caused, and how many requests the upstream receives for it. */
export interface Provocation {
  readonly provoke: (fixture: ContractFixture, name: RouteName) => Promise<Answer>;
  readonly arrived: number;
}

type Provocations = Readonly<Partial<Record<Pair, Provocation>>>;

const here = (provoke: Provocation['provoke']): Provocation => ({ provoke, arrived: 0 });
const upstream = (...replies: Reply[]): Provocation => ({
  arrived: 1,
  provoke: (fixture, name) => {
    fixture.bff.sinch.production.answer(replies);
    return fixture.ask(name);
  },
});

const everywhere: Provocations = {
  '400 bff_invalid_input': here((fixture, name) => fixture.ask(name, { query: '?unknown=1' })),
  // The parser responds before the operation is known, but the request is that of the operation.
  '431 bff_headers_too_large': here((fixture, name) =>
    askRaw(fixture.bff.port, [...fixture.head(name), `X-Long: ${'x'.repeat(17 * 1024)}`]),
  ),
  '408 bff_request_timeout': here((fixture, name) => fixture.whenHeadersAreSlow(name)),
  '413 bff_payload_too_large': here((fixture, name) =>
    askRaw(fixture.bff.port, [
      ...fixture.head(name),
      'Content-Type: application/json',
      `Content-Length: ${1024 * 1024 + 1}`,
    ]),
  ),
  '421 bff_unknown_host': here((fixture, name) => fixture.ask(name, { headers: { host: 'elsewhere.test' } })),
  '403 bff_origin_not_allowed': here((fixture, name) =>
    fixture.ask(name, { headers: { origin: 'https://elsewhere.test' } }),
  ),
};

/** Navigation needs no CSRF header, but a wrong one is rejected there too. */
const navigation: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((fixture, name) => fixture.ask(name, { headers: { 'x-csrf': '0' } })),
};

const call: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((fixture, name) =>
    fixture.ask(name, { headers: { 'x-csrf': undefined } }),
  ),
};

/** Methods with a body: the media type is checked. */
const mayHaveBody: Provocations = {
  '415 bff_unsupported_media_type': here((fixture, name) =>
    fixture.ask(name, { body: {}, headers: { 'content-type': 'text/plain' } }),
  ),
};

const inSession: Provocations = {
  ...call,
  '401 bff_session_required': here((fixture, name) => fixture.ask(name, { browser: fixture.bff.browser() })),
};

const ofAdmin: Provocations = {
  ...inSession,
  '403 bff_role_required': here((fixture, name) => fixture.ask(name, { browser: fixture.editor })),
};

/** Writes of administration: they require elevation and are audited. */
const administering = (asking: Asking = {}): Provocations => ({
  ...ofAdmin,
  '403 bff_elevation_required': here((fixture, name) => fixture.ask(name, { browser: fixture.admin })),
  '503 bff_audit_unavailable': here((fixture, name) => fixture.askWithout('audit_events', name, asking)),
});

const unknownTenant: Provocations = {
  '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'nobody' })),
};
const unknownUser: Provocations = {
  '404 bff_not_found': here((fixture, name) =>
    fixture.ask(name, { userId: '00000000-0000-4000-8000-000000000000' }),
  ),
};
const clash = (asking: Asking): Provocations => ({
  '409 bff_conflict': here((fixture, name) => fixture.ask(name, asking)),
});

/** Checks credentials while the token endpoint of harbour's environment gives this reply. */
const tokenEndpoint = (reply: Reply): Provocation =>
  here((fixture, name) => fixture.askTokenEndpoint(name, reply));

/** Errors of the check of credentials before they are stored. */
const triedAtTokenEndpoint = {
  '422 bff_credentials_refused': tokenEndpoint({ status: 401, body: { error: 'invalid_client' } }),
  '502 bff_upstream_unreachable': tokenEndpoint({ raw: '', then: 'destroy' }),
  '502 bff_upstream_invalid_response': tokenEndpoint({ body: 'no token' }),
  '503 bff_upstream_unavailable': tokenEndpoint({ status: 429 }),
  '504 bff_upstream_timeout': tokenEndpoint({ hang: true }),
  '503 bff_overloaded': here((fixture, name) => fixture.askBusyTokenEndpoint(name)),
};

const ofTenant: Provocations = {
  ...inSession,
  '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'nobody' })),
};

const forwarded: Provocations = {
  ...ofTenant,
  // A viewer of summit, which only the admin plane serves, may neither read nor write.
  '403 bff_role_required': here((fixture, name) =>
    fixture.ask(name, { tenantId: 'summit', browser: fixture.viewer }),
  ),
  '403 bff_elevation_required': here((fixture, name) =>
    fixture.ask(name, { tenantId: 'summit', browser: fixture.admin }),
  ),
  '429 bff_rate_limited': upstream({ status: 429, body: 'Slow down.' }),
  '502 bff_upstream_credentials_rejected': upstream({ status: 401 }),
  // After the first byte, because a read would be sent again before it.
  '502 bff_upstream_unreachable': upstream({ raw: 'HTTP/1.1 2', then: 'destroy' }),
  '502 bff_upstream_invalid_response': upstream({
    headers: { 'content-type': 'text/html' },
    body: '<p>Hello',
  }),
  '503 bff_upstream_unavailable': upstream({ status: 503, body: 'Down.' }),
  '503 bff_overloaded': { arrived: 64, provoke: (fixture, name) => fixture.askFullTenant(name) },
  // The request was sent, and arrived, before the first test.
  '504 bff_upstream_timeout': here((fixture, name) => fixture.whenTheUpstreamHangs(name)),
};

/** Errors of the upstream, which are relayed (docs/upstream.md section 4.3). */
function said(...pairs: readonly Pair[]): Provocations {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [status, errorCode = ''] = pair.split(' ');
      const body = { errorCode, message: `About ${errorCode}.`, resolution: 'Read on.' };
      return [pair, upstream({ status: Number(status), body })];
    }),
  );
}

const success = (status: number, provoke: Provocation['provoke']): Provocations => ({
  [`${status} success`]: here(provoke),
});
const asked = (status: number): Provocations => success(status, (fixture, name) => fixture.ask(name));
const askedByAnother = (status: number): Provocations =>
  success(status, async (fixture, name) =>
    fixture.ask(name, { browser: await fixture.bff.signedIn(the.editor) }),
  );
const askReadyUpstream: Provocation['provoke'] = (fixture, name) => {
  fixture.answerSuccess(name);
  return fixture.ask(name);
};
const passed = (status: number): Provocations => ({
  [`${status} success`]: { arrived: 1, provoke: askReadyUpstream },
});

/** Every documented response of every operation, and how to cause it. */
export const PROVOCATIONS: Readonly<Record<RouteName, Provocations>> = {
  home: { ...navigation, ...asked(200) },
  'documentation.document': { ...navigation, ...asked(200) },
  'documentation.page': { ...navigation, ...asked(200) },
  'session.create': {
    ...call,
    ...mayHaveBody,
    ...success(201, (fixture, name) => {
      const { email, password } = the.editor;
      return fixture.ask(name, { browser: fixture.bff.browser(), body: { email, password } });
    }),
    '401 bff_invalid_credentials': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser() }),
    ),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      const attempt = (): Promise<Answer> =>
        fixture.ask(name, {
          browser: fixture.bff.browser(),
          body: { email: 'nobody@acme.example', password: 'no' },
        });
      for (let failures = 0; failures < 10; failures += 1) await attempt();
      return attempt();
    }),
  },
  'session.read': { ...inSession, ...asked(200) },
  'session.end': {
    ...call,
    ...mayHaveBody,
    ...askedByAnother(204),
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.openId.userWithoutPassword(fixture.bff) }),
    ),
  },
  'session.login': {
    ...navigation,
    ...success(302, (fixture) => fixture.openId.login(fixture.bff, 'console')),
    '404 bff_route_not_found': here((fixture) => fixture.openId.login(fixture.bff, 'narrow')),
    '502 bff_upstream_invalid_response': here((fixture) => fixture.openId.login(fixture.bff, 'odd')),
    '503 bff_upstream_unavailable': here((fixture) => fixture.openId.login(fixture.bff, 'away')),
  },
  'session.callback': {
    ...navigation,
    ...success(302, (fixture) => fixture.openId.callback(fixture.bff)),
    '401 bff_invalid_credentials': here((fixture) =>
      fixture.openId.callback(fixture.bff, { signature: 'none' }),
    ),
    '401 bff_session_required': here((fixture) =>
      fixture.openId.stepUp(fixture.bff, {}, (browser) => browser.delete('/session')),
    ),
    '403 bff_elevation_refused': here((fixture) => fixture.openId.stepUp(fixture.bff, { acr: 'lower' })),
    '403 bff_role_required': here((fixture) =>
      fixture.openId.callback(fixture.bff, { claims: { sub: 'staff' } }, 'partners'),
    ),
    '404 bff_route_not_found': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser('narrow') }),
    ),
    '502 bff_upstream_invalid_response': here((fixture) =>
      fixture.openId.callback(fixture.bff, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((fixture) =>
      fixture.without('audit_events', () => fixture.openId.stepUp(fixture.bff, {})),
    ),
    '503 bff_directory_unavailable': here((fixture) =>
      fixture.without('directory_version', () =>
        fixture.openId.callback(fixture.bff, { claims: { sub: 'somebody new' } }),
      ),
    ),
    '503 bff_upstream_unavailable': here((fixture) =>
      fixture.openId.callback(fixture.bff, { tokenAnswer: 'lost' }),
    ),
  },
  'session.backchannel-logout': {
    ...navigation,
    ...mayHaveBody,
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { body: { logout_token: await fixture.openId.logoutToken() } }),
    ),
    '404 bff_route_not_found': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.bff.browser('narrow') }),
    ),
    '502 bff_upstream_invalid_response': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.openId.browserOf(fixture.bff, 'odd') }),
    ),
    '503 bff_upstream_unavailable': here((fixture, name) =>
      fixture.ask(name, { browser: fixture.openId.browserOf(fixture.bff, 'away') }),
    ),
  },
  'session.elevate': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (fixture) => askElevation(fixture.bff, await fixture.deputy())),
    ...success(202, (fixture, name) => fixture.askStepUp(name)),
    '403 bff_elevation_refused': here((fixture, name) => fixture.ask(name)),
    '404 bff_tenant_not_found': here(async (fixture) =>
      askElevation(fixture.bff, await fixture.deputy(), { tenantId: 'nobody' }),
    ),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      // The last failure ends its session.
      const browser = await fixture.bff.signedIn(the.admin, 'admin');
      for (let failures = 0; failures < 10; failures += 1) await fixture.ask(name, { browser });
      return fixture.ask(name);
    }),
    '502 bff_upstream_invalid_response': here((fixture, name) =>
      fixture.askStepUp(name, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((fixture) =>
      fixture.without('audit_events', async () => askElevation(fixture.bff, await fixture.deputy())),
    ),
    '503 bff_upstream_unavailable': here((fixture, name) => fixture.askStepUp(name, { tokenAnswer: 'lost' })),
  },
  'session.end-elevation': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.bff.signedIn(the.admin, 'admin') }),
    ),
  },
  'session.change-password': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, (fixture, name) => fixture.changePassword(name)),
    '401 bff_invalid_credentials': here((fixture, name) => fixture.changePassword(name, 'wrong')),
    '403 bff_role_required': here((fixture, name) => fixture.askWithoutPassword(name)),
    '429 bff_too_many_attempts': here(async (fixture, name) => {
      const browser = await fixture.bff.signedIn(the.viewer);
      for (let failures = 0; failures < 10; failures += 1) await fixture.ask(name, { browser });
      return fixture.ask(name, { browser: fixture.viewer });
    }),
    '503 bff_directory_unavailable': here((fixture, name) =>
      fixture.changePasswordWithout('directory_version', name),
    ),
    '503 bff_audit_unavailable': here((fixture, name) => fixture.changePasswordWithout('audit_events', name)),
  },
  'sessions.list': { ...inSession, ...asked(200) },
  'sessions.end': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (fixture, name) => {
      const browser = await fixture.bff.signedIn(the.partner);
      const { id } = (await browser.get('/session')).json as { readonly id: string };
      return fixture.ask(name, { browser, sessionId: id });
    }),
    '404 bff_not_found': here((fixture, name) => fixture.ask(name)),
  },
  'sessions.end-others': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (fixture, name) =>
      fixture.ask(name, { browser: await fixture.bff.signedIn(the.partner) }),
    ),
  },
  'tenants.list': { ...inSession, ...asked(200) },
  'tenants.route': { ...ofTenant, ...asked(200) },
  'account.read': {
    ...forwarded,
    ...passed(200),
    ...said('404 account_not_found', '409 account_data_is_corrupt', '500 internal_error'),
  },
  'account.create': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(201),
    ...said('400 invalid_input', '400 invalid_payload', '400 invalid_business_manager_for_environment'),
    ...said('404 project_not_found', '409 account_exists', '409 account_data_is_corrupt'),
    ...said('500 internal_error'),
  },
  'account.update': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(200),
    ...said('400 invalid_input', '400 no_fields_to_update', '404 account_not_found'),
    ...said('409 account_not_updatable', '500 internal_error'),
  },
  'account.delete': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(204),
    ...said('400 project_not_initialized', '409 account_has_senders', '409 account_has_sender_changes'),
    ...said('500 template_could_not_delete_drafts', '500 internal_error'),
  },
  'activities.list': {
    ...forwarded,
    ...passed(200),
    ...said('400 invalid_page_token', '400 invalid_page_size', '404 account_not_found', '500 internal_error'),
  },
  'comments.create': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(201),
    ...said('400 invalid_input', '400 invalid_payload', '404 account_not_found'),
    ...said('409 account_data_is_corrupt', '500 internal_error'),
  },
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
};

/** The members of a tenant's record, from a tenant of `the.directory`. */
function details({ id, name, projectId, environment, plane }: typeof the.acme | typeof the.bare): object {
  return { id, name, projectId, environment, plane };
}
