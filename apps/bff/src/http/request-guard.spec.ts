import { EventEmitter } from 'node:events';
import { loadConfig } from '@bff/config';
import { type Frontend, FrontendRegistry } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { type Session, type Sessions } from '@bff/session';
import { type AccessControl, type Elevation } from '@bff/tenancy';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { installBodyParsers } from './body-parsers.js';
import { ClientAddresses } from './client-addresses.js';
import { installGuard } from './guard-hooks.js';
import { type ClosedRequests } from '../observability/closed-requests.js';
import { sendProblem } from './problem-filter.js';
import { RequestGuard } from './request-guard.js';
import { type RouteName, ROUTES } from './routes.js';

const CONSOLE = 'console.example.com';
const PARTNERS = 'partners.example.com';
const OPERATIONS = 'operations.example.com';

/** Only the partner frontend has a provider. */
const config = loadConfig({
  BFF_FRONTENDS: JSON.stringify([
    { name: 'console', class: 'internal', origin: `https://${CONSOLE}` },
    {
      ...{ name: 'partners', class: 'partner', origin: `https://${PARTNERS}` },
      oidc: { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: 'secret' },
    },
    { name: 'operations', class: 'admin', origin: `https://${OPERATIONS}` },
  ]),
});
const frontends = new FrontendRegistry(config.frontends);

const SERVED = [
  ...(['session.read', 'session.login', 'session.backchannel-logout', 'session.change-password'] as const),
  ...(['session.elevate', 'sessions.list', 'admin.users.create'] as const),
] satisfies RouteName[];

const JSON_BODY = { 'content-type': 'application/json' };
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' };

let session: Session | undefined;
/** Whether the session is found without waiting. */
let isInMemory: boolean;
/** For each time that the session was loaded, whether the request counted as passive. */
let loads: boolean[];
let guard: RequestGuard;
let server: FastifyInstance;
beforeEach(() => {
  [session, loads, isInMemory] = [undefined, [], false];
  const sessions = {
    findInMemory: (_cookies: string | undefined, _frontend: Frontend, passive: boolean) => {
      if (isInMemory) loads.push(passive);
      return isInMemory ? session : undefined;
    },
    find: (_cookies: string | undefined, _frontend: Frontend, passive: boolean) => {
      loads.push(passive);
      return Promise.resolve(session);
    },
    refresh: () => Promise.resolve(session),
  } as unknown as Sessions;
  const closed = { record: () => undefined } as unknown as ClosedRequests;
  guard = new RequestGuard(frontends, sessions, {} as AccessControl, new ClientAddresses(config), closed);
  server = fastify({ exposeHeadRoutes: false });
  installGuard(server, guard);
  installBodyParsers(server);
  server.setErrorHandler((error, request, reply) => {
    sendProblem(request, reply, error);
  });
  for (const operation of SERVED) {
    const { method, path } = ROUTES[operation];
    server.route({ method, url: path, config: { operation }, handler: () => 'served' });
  }
});

interface Sent {
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Received {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly allow: unknown;
}

async function send(method: string, url: string, { host = CONSOLE, headers, body }: Sent = {}) {
  const response = await server.inject({
    ...{ method: method as 'GET', url, headers: { host, 'x-csrf': '1', ...headers } },
    ...(body === undefined ? {} : { payload: body }),
  });
  const { errorCode } = response.statusCode >= 400 ? response.json<{ errorCode?: string }>() : {};
  return { status: response.statusCode, errorCode, allow: response.headers.allow } satisfies Received;
}

function signIn(host: string, role: 'user' | 'admin', more: { hasPassword?: boolean } = {}): void {
  const frontend = frontends.atHost(host);
  const user = { id: 'u1', role, hasPassword: true, ...more };
  session = { user, frontend, elevation: null } as unknown as Session;
}

describe('a request', () => {
  it.each([
    [1_048_576, 200, undefined],
    [1_048_577, 413, 'bff_payload_too_large'],
  ])('with a body of %i bytes is answered with %i', async (bytes, status, errorCode) => {
    signIn(CONSOLE, 'user');
    const headers = { 'content-length': String(bytes) };
    expect(await send('GET', '/sessions', { headers })).toMatchObject({ status, errorCode });
  });

  it('without the header Host is rejected with that reason', () => {
    const request = { raw: { headers: {}, socket: {} } } as unknown as FastifyRequest;
    const reply = { raw: new EventEmitter() } as unknown as FastifyReply;
    const sentences = ['the header Host is required'];
    expect(() => guard.createContext(request, reply)).toThrow(expect.objectContaining({ sentences }));
    expect(request.bff.frontend).toBeNull();
  });

  it('has a declared property for its context', () => {
    expect(server.hasRequestDecorator('bff')).toBe(true);
  });
});

describe('a route that needs a provider', () => {
  it.each([
    ['GET', CONSOLE, { status: 404, errorCode: 'bff_route_not_found' }],
    ['POST', CONSOLE, { status: 404, errorCode: 'bff_route_not_found' }],
    ['GET', PARTNERS, { status: 200 }],
    ['POST', PARTNERS, { status: 405, errorCode: 'bff_method_not_allowed', allow: 'GET' }],
  ])('answers %s for %s with %j', async (method, host, expected) => {
    expect(await send(method, '/session/login', { host })).toMatchObject(expected);
  });
});

it('a route that needs no provider exists on every frontend', async () => {
  const expected = { status: 405, errorCode: 'bff_method_not_allowed', allow: 'PUT' };
  for (const host of [CONSOLE, PARTNERS])
    expect(await send('GET', '/session/password', { host })).toMatchObject(expected);
});

it.each([
  ['OPTIONS', { status: 204 }],
  ['POST', { status: 405, errorCode: 'bff_method_not_allowed', allow: 'GET' }],
])('%s with the headers of a preflight is answered with %j', async (method, expected) => {
  const headers = { origin: `https://${CONSOLE}`, 'access-control-request-method': 'GET' };
  expect(await send(method, '/sessions', { headers })).toMatchObject(expected);
});

describe.each([true, false])('the session of a request, in memory: %s,', (inMemory) => {
  beforeEach(() => {
    isInMemory = inMemory;
  });

  it('is loaded again after the body, without counting as activity', async () => {
    signIn(OPERATIONS, 'admin');
    const sent = { host: OPERATIONS, headers: JSON_BODY, body: '{}' };
    expect(await send('POST', '/session/elevation', sent)).toMatchObject({ status: 200 });
    expect(loads).toEqual([false, true]);
  });

  it('is loaded once if the request has no body', async () => {
    signIn(OPERATIONS, 'admin');
    expect(await send('POST', '/session/elevation', { host: OPERATIONS })).toMatchObject({ status: 200 });
    expect(loads).toEqual([false]);
  });

  it('is loaded once for GET, whose body is not read', async () => {
    signIn(CONSOLE, 'user');
    expect(await send('GET', '/sessions', { headers: JSON_BODY, body: '{}' })).toMatchObject({ status: 200 });
    expect(loads).toEqual([false]);
  });

  it('is not loaded again without a frontend', () => {
    const errors: unknown[] = [];
    const raw = { headers: { 'content-length': '2' } };
    const request = { raw, bff: { operation: 'session.elevate', frontend: null } };
    guard.reauthorize(request as FastifyRequest, {} as FastifyReply, (error) => errors.push(error));
    expect(errors).toEqual([new Problem('bff_unknown_host')]);
    expect(loads).toEqual([]);
  });
});

it.each([
  ['PUT', '/session/password', false, { status: 403, errorCode: 'bff_role_required' }],
  ['PUT', '/session/password', true, { status: 200 }],
  ['GET', '/sessions', false, { status: 200 }],
])('%s %s of a user with a password (%s) is answered with %j', async (method, url, hasPassword, expected) => {
  signIn(CONSOLE, 'user', { hasPassword });
  expect(await send(method, url)).toMatchObject(expected);
});

it('an admin must be elevated for administration only on a route that needs it', async () => {
  const [host, elevation] = [OPERATIONS, { id: 'e1', reason: 'a reason', expiresAt: 0 }];
  signIn(OPERATIONS, 'admin');
  const asElevated = async (tenantId: string | null): Promise<Received> => {
    session = { ...session, elevation: { ...elevation, tenantId } satisfies Elevation } as Session;
    return send('POST', '/v1/admin/users', { host });
  };
  const rejected = { status: 403, errorCode: 'bff_elevation_required' };
  expect(await send('POST', '/session/elevation', { host })).toMatchObject({ status: 200 });
  expect(await send('POST', '/v1/admin/users', { host })).toMatchObject(rejected);
  expect(await asElevated('acme')).toMatchObject(rejected);
  expect(await asElevated(null)).toMatchObject({ status: 200 });
});

describe('the media type of a request', () => {
  it('must be JSON, except for GET', async () => {
    const expected = { status: 415, errorCode: 'bff_unsupported_media_type' };
    signIn(OPERATIONS, 'admin');
    const sent = { host: OPERATIONS, headers: FORM_BODY, body: 'a=b' };
    expect(await send('POST', '/session/elevation', sent)).toMatchObject(expected);
    expect(await send('GET', '/sessions', sent)).toMatchObject({ status: 200 });
  });

  it.each([
    [FORM_BODY, 'a=b', 200],
    [JSON_BODY, '{}', 415],
  ])('of a back-channel logout, %j with the body %s, is answered with %i', async (headers, body, status) => {
    const sent = { host: PARTNERS, headers, body };
    expect(await send('POST', '/session/backchannel-logout', sent)).toMatchObject({ status });
  });
});
