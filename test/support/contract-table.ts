import { type Answer } from './browser.js';
import { type Asking, type ContractRoom } from './contract-room.js';
import { type Pair } from './contract.js';
import { askElevation } from './elevating.js';
import { askRaw } from './raw-answer.js';
import { type Reply } from './reply.js';
import { the } from './the.js';
import { type RouteName } from '../../apps/bff/src/http/routes.js';

/** How one documented answer is provoked, and how many requests arrive upstream meanwhile. */
export interface Provocation {
  readonly provoke: (room: ContractRoom, name: RouteName) => Promise<Answer>;
  readonly arrived: number;
}

type Provocations = Readonly<Partial<Record<Pair, Provocation>>>;

const here = (provoke: Provocation['provoke']): Provocation => ({ provoke, arrived: 0 });
const upstream = (...replies: Reply[]): Provocation => ({
  arrived: 1,
  provoke: (room, name) => {
    room.bff.sinch.production.answer(replies);
    return room.ask(name);
  },
});

const everywhere: Provocations = {
  '400 bff_invalid_input': here((room, name) => room.ask(name, { query: '?unknown=1' })),
  // The parser answers before the operation is known; the request is the operation's all the same.
  '431 bff_headers_too_large': here((room, name) =>
    askRaw(room.bff.port, [...room.head(name), `X-Long: ${'x'.repeat(17 * 1024)}`]),
  ),
  '408 bff_request_timeout': here((room, name) => room.whenHeadersAreSlow(name)),
  '413 bff_payload_too_large': here((room, name) =>
    askRaw(room.bff.port, [
      ...room.head(name),
      'Content-Type: application/json',
      `Content-Length: ${1024 * 1024 + 1}`,
    ]),
  ),
  '421 bff_unknown_host': here((room, name) => room.ask(name, { headers: { host: 'elsewhere.test' } })),
  '403 bff_origin_not_allowed': here((room, name) =>
    room.ask(name, { headers: { origin: 'https://elsewhere.test' } }),
  ),
};

/** A page is opened without the header; a wrong one is refused there too. */
const navigation: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((room, name) => room.ask(name, { headers: { 'x-csrf': '0' } })),
};

const call: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((room, name) => room.ask(name, { headers: { 'x-csrf': undefined } })),
};

/** Wherever the method lets a body be read, its media type is judged. */
const mayHaveBody: Provocations = {
  '415 bff_unsupported_media_type': here((room, name) =>
    room.ask(name, { body: {}, headers: { 'content-type': 'text/plain' } }),
  ),
};

const inSession: Provocations = {
  ...call,
  '401 bff_session_required': here((room, name) => room.ask(name, { browser: room.bff.browser() })),
};

const ofAdmin: Provocations = {
  ...inSession,
  '403 bff_role_required': here((room, name) => room.ask(name, { browser: room.editor })),
};

/** The writes of administration: elevated, and on record. */
const administering = (asking: Asking = {}): Provocations => ({
  ...ofAdmin,
  '403 bff_elevation_required': here((room, name) => room.ask(name, { browser: room.admin })),
  '503 bff_audit_unavailable': here((room, name) => room.askWithout('audit_events', name, asking)),
});

const unknownTenant: Provocations = {
  '404 bff_tenant_not_found': here((room, name) => room.ask(name, { tenantId: 'nobody' })),
};
const unknownUser: Provocations = {
  '404 bff_not_found': here((room, name) =>
    room.ask(name, { userId: '00000000-0000-4000-8000-000000000000' }),
  ),
};
const clash = (asking: Asking): Provocations => ({
  '409 bff_conflict': here((room, name) => room.ask(name, asking)),
});

/** What the token endpoint of harbour's environment answers to somebody who tries credentials there. */
const tokenEndpoint = (reply: Reply): Provocation => here((room, name) => room.askTokenEndpoint(name, reply));

/** What comes of credentials that are tried before they are stored. */
const triedAtTokenEndpoint = {
  '422 bff_credentials_refused': tokenEndpoint({ status: 401, body: { error: 'invalid_client' } }),
  '502 bff_upstream_unreachable': tokenEndpoint({ raw: '', then: 'destroy' }),
  '502 bff_upstream_invalid_response': tokenEndpoint({ body: 'no token' }),
  '503 bff_upstream_unavailable': tokenEndpoint({ status: 429 }),
  '504 bff_upstream_timeout': tokenEndpoint({ hang: true }),
  '503 bff_overloaded': here((room, name) => room.askBusyTokenEndpoint(name)),
};

const ofTenant: Provocations = {
  ...inSession,
  '404 bff_tenant_not_found': here((room, name) => room.ask(name, { tenantId: 'nobody' })),
};

const forwarded: Provocations = {
  ...ofTenant,
  // A viewer of summit, whose calls only the admin plane could serve: enough neither to read nor to write.
  '403 bff_role_required': here((room, name) => room.ask(name, { tenantId: 'summit', browser: room.viewer })),
  '403 bff_elevation_required': here((room, name) =>
    room.ask(name, { tenantId: 'summit', browser: room.admin }),
  ),
  '429 bff_rate_limited': upstream({ status: 429, body: 'Slow down.' }),
  '502 bff_upstream_credentials_rejected': upstream({ status: 401 }),
  // After its first byte, or a read would be sent once more.
  '502 bff_upstream_unreachable': upstream({ raw: 'HTTP/1.1 2', then: 'destroy' }),
  '502 bff_upstream_invalid_response': upstream({
    headers: { 'content-type': 'text/html' },
    body: '<p>Hello',
  }),
  '503 bff_upstream_unavailable': upstream({ status: 503, body: 'Down.' }),
  '503 bff_overloaded': { arrived: 64, provoke: (room, name) => room.askFullTenant(name) },
  // Asked, and arrived, before the first test.
  '504 bff_upstream_timeout': here((room, name) => room.whenTheUpstreamHangs(name)),
};

/** The upstream's own errors pass as they are (docs/upstream.md section 4.3). */
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
const asked = (status: number): Provocations => success(status, (room, name) => room.ask(name));
const askedByAnother = (status: number): Provocations =>
  success(status, async (room, name) => room.ask(name, { browser: await room.bff.signedIn(the.editor) }));
const askReadyUpstream: Provocation['provoke'] = (room, name) => {
  room.answerSuccess(name);
  return room.ask(name);
};
const passed = (status: number): Provocations => ({
  [`${status} success`]: { arrived: 1, provoke: askReadyUpstream },
});

/** Every documented answer of every operation, and how it comes about. */
export const PROVOCATIONS: Readonly<Record<RouteName, Provocations>> = {
  home: { ...navigation, ...asked(200) },
  'documentation.document': { ...navigation, ...asked(200) },
  'documentation.page': { ...navigation, ...asked(200) },
  'session.create': {
    ...call,
    ...mayHaveBody,
    ...success(201, (room, name) => {
      const { email, password } = the.editor;
      return room.ask(name, { browser: room.bff.browser(), body: { email, password } });
    }),
    '401 bff_invalid_credentials': here((room, name) => room.ask(name, { browser: room.bff.browser() })),
    '429 bff_too_many_attempts': here(async (room, name) => {
      const attempt = (): Promise<Answer> =>
        room.ask(name, {
          browser: room.bff.browser(),
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
    ...success(200, async (room, name) => room.ask(name, { browser: await room.openId.somebody(room.bff) })),
  },
  'session.login': {
    ...navigation,
    ...success(302, (room) => room.openId.login(room.bff, 'console')),
    '404 bff_route_not_found': here((room) => room.openId.login(room.bff, 'narrow')),
    '502 bff_upstream_invalid_response': here((room) => room.openId.login(room.bff, 'odd')),
    '503 bff_upstream_unavailable': here((room) => room.openId.login(room.bff, 'away')),
  },
  'session.callback': {
    ...navigation,
    ...success(302, (room) => room.openId.callback(room.bff)),
    '401 bff_invalid_credentials': here((room) => room.openId.callback(room.bff, { signature: 'none' })),
    '401 bff_session_required': here((room) =>
      room.openId.stepUp(room.bff, {}, (browser) => browser.delete('/session')),
    ),
    '403 bff_elevation_refused': here((room) => room.openId.stepUp(room.bff, { acr: 'lower' })),
    '403 bff_role_required': here((room) =>
      room.openId.callback(room.bff, { claims: { sub: 'staff' } }, 'partners'),
    ),
    '404 bff_route_not_found': here((room, name) => room.ask(name, { browser: room.bff.browser('narrow') })),
    '502 bff_upstream_invalid_response': here((room) =>
      room.openId.callback(room.bff, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((room) =>
      room.without('audit_events', () => room.openId.stepUp(room.bff, {})),
    ),
    '503 bff_directory_unavailable': here((room) =>
      room.without('directory_version', () =>
        room.openId.callback(room.bff, { claims: { sub: 'somebody new' } }),
      ),
    ),
    '503 bff_upstream_unavailable': here((room) => room.openId.callback(room.bff, { tokenAnswer: 'lost' })),
  },
  'session.backchannel-logout': {
    ...navigation,
    ...mayHaveBody,
    ...success(200, async (room, name) =>
      room.ask(name, { body: { logout_token: await room.openId.logoutToken() } }),
    ),
    '404 bff_route_not_found': here((room, name) => room.ask(name, { browser: room.bff.browser('narrow') })),
    '502 bff_upstream_invalid_response': here((room, name) =>
      room.ask(name, { browser: room.openId.browserOf(room.bff, 'odd') }),
    ),
    '503 bff_upstream_unavailable': here((room, name) =>
      room.ask(name, { browser: room.openId.browserOf(room.bff, 'away') }),
    ),
  },
  'session.elevate': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (room) => askElevation(room.bff, await room.deputy())),
    ...success(202, (room, name) => room.askStepUp(name)),
    '403 bff_elevation_refused': here((room, name) => room.ask(name)),
    '404 bff_tenant_not_found': here(async (room) =>
      askElevation(room.bff, await room.deputy(), { tenantId: 'nobody' }),
    ),
    '429 bff_too_many_attempts': here(async (room, name) => {
      // Of the session that fails the last time nothing is left.
      const browser = await room.bff.signedIn(the.admin, 'admin');
      for (let failures = 0; failures < 10; failures += 1) await room.ask(name, { browser });
      return room.ask(name);
    }),
    '502 bff_upstream_invalid_response': here((room, name) =>
      room.askStepUp(name, { tokenAnswer: { status: 200, body: 'junk' } }),
    ),
    '503 bff_audit_unavailable': here((room) =>
      room.without('audit_events', async () => askElevation(room.bff, await room.deputy())),
    ),
    '503 bff_upstream_unavailable': here((room, name) => room.askStepUp(name, { tokenAnswer: 'lost' })),
  },
  'session.end-elevation': {
    ...ofAdmin,
    ...mayHaveBody,
    ...success(200, async (room, name) =>
      room.ask(name, { browser: await room.bff.signedIn(the.admin, 'admin') }),
    ),
  },
  'session.change-password': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, (room, name) => room.changePassword(name)),
    '401 bff_invalid_credentials': here((room, name) => room.changePassword(name, 'wrong')),
    '403 bff_role_required': here((room, name) => room.askWithoutPassword(name)),
    '429 bff_too_many_attempts': here(async (room, name) => {
      const browser = await room.bff.signedIn(the.viewer);
      for (let failures = 0; failures < 10; failures += 1) await room.ask(name, { browser });
      return room.ask(name, { browser: room.viewer });
    }),
    '503 bff_directory_unavailable': here((room, name) =>
      room.changePasswordWithout('directory_version', name),
    ),
    '503 bff_audit_unavailable': here((room, name) => room.changePasswordWithout('audit_events', name)),
  },
  'sessions.list': { ...inSession, ...asked(200) },
  'sessions.end': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (room, name) => {
      const browser = await room.bff.signedIn(the.partner);
      const { id } = (await browser.get('/session')).json as { readonly id: string };
      return room.ask(name, { browser, sessionId: id });
    }),
    '404 bff_not_found': here((room, name) => room.ask(name)),
  },
  'sessions.end-others': {
    ...inSession,
    ...mayHaveBody,
    ...success(204, async (room, name) => room.ask(name, { browser: await room.bff.signedIn(the.partner) })),
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
    ...success(200, (room, name) => room.ask(name, { tenantId: 'bare', body: { name: 'Bare Ltd' } })),
    ...unknownTenant,
    ...clash({ body: { projectId: the.orchard.projectId } }),
    ...triedAtTokenEndpoint,
  },
  'admin.tenants.delete': {
    ...administering({ tenantId: 'lantern' }),
    ...mayHaveBody,
    ...success(204, async (room, name) => {
      await room.ask('admin.tenants.create', {
        body: { ...details(the.bare), id: 'gone', projectId: 'gone' },
      });
      return room.ask(name, { tenantId: 'gone' });
    }),
    ...unknownTenant,
  },
  'admin.credentials.read': {
    ...ofAdmin,
    ...asked(200),
    ...unknownTenant,
    '404 bff_not_found': here((room, name) => room.ask(name, { tenantId: 'bare' })),
  },
  'admin.credentials.set': {
    ...administering({ tenantId: 'orchard' }),
    ...mayHaveBody,
    ...success(200, (room, name) => room.ask(name, { tenantId: 'orchard' })),
    ...unknownTenant,
    ...clash({ tenantId: 'summit' }),
    ...triedAtTokenEndpoint,
  },
  'admin.credentials.erase': {
    ...administering({ tenantId: 'orchard' }),
    ...mayHaveBody,
    ...success(204, (room, name) => room.ask(name, { tenantId: 'orchard' })),
    ...unknownTenant,
    '404 bff_not_found': here((room, name) => room.ask(name, { tenantId: 'bare' })),
  },
  'admin.credentials.check': {
    ...administering(),
    ...mayHaveBody,
    ...asked(200),
    ...unknownTenant,
    '404 bff_not_found': here((room, name) => room.ask(name, { tenantId: 'bare', withoutBody: true })),
    '503 bff_overloaded': here((room, name) => room.askBusyTokenEndpoint(name)),
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
    ...success(204, async (room, name) => {
      const membership = { tenantId: 'bare', userId: room.userId(the.viewer) };
      await room.ask('admin.members.put', membership);
      return room.ask(name, membership);
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
    ...success(204, async (room, name) => {
      const body = { email: 'leaver@acme.example', name: 'Lea Ver' };
      const { id } = (await room.ask('admin.users.create', { body })).json as { readonly id: string };
      return room.ask(name, { userId: id });
    }),
    ...unknownUser,
    '409 bff_conflict': here((room, name) => room.askAboutLastAdmin(name)),
  },
  'admin.sessions.list': {
    ...ofAdmin,
    ...asked(200),
    '404 bff_not_found': here((room, name) => room.ask(name, { query: '?userId=nobody' })),
    '404 bff_tenant_not_found': here((room, name) => room.ask(name, { query: '?tenantId=nobody' })),
  },
  'admin.sessions.end': {
    ...administering({ query: '?tenantId=orchard' }),
    ...mayHaveBody,
    ...success(200, (room, name) => room.ask(name, { query: '?tenantId=orchard' })),
    '403 bff_elevation_required': here((room, name) =>
      room.ask(name, { browser: room.admin, query: '?tenantId=orchard' }),
    ),
    '404 bff_not_found': here((room, name) => room.ask(name, { query: '?userId=nobody' })),
    '404 bff_tenant_not_found': here((room, name) => room.ask(name, { query: '?tenantId=nobody' })),
  },
  'admin.audit.list': {
    ...ofAdmin,
    ...asked(200),
    '503 bff_directory_unavailable': here((room, name) => room.askWithout('audit_events', name)),
  },
};

/** What of a tenant of the cast stands in a tenant's record. */
function details({ id, name, projectId, environment, plane }: typeof the.acme | typeof the.bare): object {
  return { id, name, projectId, environment, plane };
}
