import { type RouteName } from '../../apps/bff/src/http/routes.js';
import { type Answer } from './browser.js';
import { type Asking, type ContractFixture } from './contract-fixture.js';
import { type Pair } from './contract.js';
import { askRaw } from './raw-answer.js';
import { type Reply } from './reply.js';
import { the } from './the.js';

/** How a documented response is caused, and how many requests the upstream receives for it. */
export interface Provocation {
  readonly provoke: (fixture: ContractFixture, name: RouteName) => Promise<Answer>;
  readonly arrived: number;
}

export type Provocations = Readonly<Partial<Record<Pair, Provocation>>>;

export const here = (provoke: Provocation['provoke']): Provocation => ({ provoke, arrived: 0 });
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
export const navigation: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((fixture, name) => fixture.ask(name, { headers: { 'x-csrf': '0' } })),
};

export const call: Provocations = {
  ...everywhere,
  '403 bff_csrf_header_required': here((fixture, name) =>
    fixture.ask(name, { headers: { 'x-csrf': undefined } }),
  ),
};

/** Methods with a body: the media type is checked. */
export const mayHaveBody: Provocations = {
  '415 bff_unsupported_media_type': here((fixture, name) =>
    fixture.ask(name, { body: {}, headers: { 'content-type': 'text/plain' } }),
  ),
};

export const inSession: Provocations = {
  ...call,
  '401 bff_session_required': here((fixture, name) => fixture.ask(name, { browser: fixture.bff.browser() })),
};

export const ofAdmin: Provocations = {
  ...inSession,
  '403 bff_role_required': here((fixture, name) => fixture.ask(name, { browser: fixture.editor })),
};

/** Writes of administration: they require elevation and are audited. */
export const administering = (asking: Asking = {}): Provocations => ({
  ...ofAdmin,
  '403 bff_elevation_required': here((fixture, name) => fixture.ask(name, { browser: fixture.admin })),
  '503 bff_audit_unavailable': here((fixture, name) => fixture.askWithout('audit_events', name, asking)),
});

export const unknownTenant: Provocations = {
  '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'nobody' })),
};
export const unknownUser: Provocations = {
  '404 bff_not_found': here((fixture, name) =>
    fixture.ask(name, { userId: '00000000-0000-4000-8000-000000000000' }),
  ),
};
export const clash = (asking: Asking): Provocations => ({
  '409 bff_conflict': here((fixture, name) => fixture.ask(name, asking)),
});

/** Checks credentials while the token endpoint of harbour's environment gives this reply. */
const tokenEndpoint = (reply: Reply): Provocation =>
  here((fixture, name) => fixture.askTokenEndpoint(name, reply));

/** Errors of the check of credentials before they are stored. */
export const triedAtTokenEndpoint = {
  '422 bff_credentials_refused': tokenEndpoint({ status: 401, body: { error: 'invalid_client' } }),
  '502 bff_upstream_unreachable': tokenEndpoint({ raw: '', then: 'destroy' }),
  '502 bff_upstream_invalid_response': tokenEndpoint({ body: 'no token' }),
  '503 bff_upstream_unavailable': tokenEndpoint({ status: 429 }),
  '504 bff_upstream_timeout': tokenEndpoint({ hang: true }),
  '503 bff_overloaded': here((fixture, name) => fixture.askBusyTokenEndpoint(name)),
};

export const ofTenant: Provocations = {
  ...inSession,
  '404 bff_tenant_not_found': here((fixture, name) => fixture.ask(name, { tenantId: 'nobody' })),
};

export const forwarded: Provocations = {
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
  // A read would be sent again if the time allowed it.
  '503 bff_upstream_unavailable': upstream({ status: 503, headers: { 'retry-after': '60' }, body: 'Down.' }),
  '503 bff_overloaded': { arrived: 96, provoke: (fixture, name) => fixture.askFullTenant(name) },
  // The request was sent, and arrived, before the first test.
  '504 bff_upstream_timeout': here((fixture, name) => fixture.whenTheUpstreamHangs(name)),
};

/** Errors of the upstream, which are relayed (docs/upstream.md section 4.3). */
export function said(...pairs: readonly Pair[]): Provocations {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [status, errorCode = ''] = pair.split(' ');
      const body = { errorCode, message: `About ${errorCode}.`, resolution: 'Read on.' };
      return [pair, upstream({ status: Number(status), body })];
    }),
  );
}

export const success = (status: number, provoke: Provocation['provoke']): Provocations => ({
  [`${status} success`]: here(provoke),
});
export const asked = (status: number): Provocations => success(status, (fixture, name) => fixture.ask(name));
export const askedByAnother = (status: number): Provocations =>
  success(status, async (fixture, name) =>
    fixture.ask(name, { browser: await fixture.bff.signedIn(the.editor) }),
  );
const askReadyUpstream: Provocation['provoke'] = (fixture, name) => {
  fixture.answerSuccess(name);
  return fixture.ask(name);
};
export const passed = (status: number): Provocations => ({
  [`${status} success`]: { arrived: 1, provoke: askReadyUpstream },
});
