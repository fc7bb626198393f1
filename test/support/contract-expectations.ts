import { type BrowserHeaders } from './browser.js';
import { type Attempt, PEOPLE } from './contract-attempts.js';
import { type Contract } from './contract.js';
import { frontends } from './start-bff.js';
import { the } from './the.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** The result of an attempt, part by part, derived only from `the.directory` and the OpenAPI document. */
export interface Expectation {
  /** Members, query and media type are valid. */
  readonly soundInput: boolean;
  /** Whether the schema of the document accepts the body; undefined if no body is documented or sent. */
  readonly acceptedBody: boolean | undefined;
  /** The document permits the parameters of the path. */
  readonly soundPath: boolean;
  /** The call is sent to the upstream, once. */
  readonly arrives: boolean;
}

export function expectationOf(name: RouteName, attempt: Attempt, contract: Contract): Expectation {
  const acceptedBody = acceptance(name, attempt, contract);
  const soundQuery = isSoundQuery(ROUTES[name], name, attempt.query);
  const soundInput = soundQuery && acceptedBody !== false && isSoundMediaType(name, attempt);
  return {
    soundInput,
    acceptedBody,
    soundPath: /^[a-z0-9-]{1,63}$/.test(attempt.tenantId),
    arrives:
      contract.upstreamErrors(name).length > 0 &&
      soundInput &&
      passesBrowserChecks(name, attempt) &&
      mayCall(ROUTES[name].needs, attempt),
  };
}

function acceptance(name: RouteName, { body }: Attempt, contract: Contract): boolean | undefined {
  if (contract.bodySchema(name) === undefined) {
    return ROUTES[name].method === 'DELETE' && body !== undefined && hasContent(body) ? false : undefined;
  }
  return body !== undefined && 'value' in body && contract.acceptsBody(name, overTheWire(body.value));
}

/** Whether the body of a DELETE has content, which is not permitted. */
function hasContent(body: NonNullable<Attempt['body']>): boolean {
  return !('value' in body) || !['{}', 'null'].includes(JSON.stringify(body.value));
}

/** The value after a JSON round trip, which treats `__proto__` as an own member. */
function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** The media type of a GET is not checked; other methods require JSON, or neither body nor media type. */
function isSoundMediaType(name: RouteName, { mediaType, body }: Attempt): boolean {
  const { method }: RouteDefinition = ROUTES[name];
  if (method === 'GET' || (mediaType === undefined && body === undefined)) return true;
  return /^application\/json(;|$)/.test(mediaType ?? '');
}

function isSoundQuery({ query }: RouteDefinition, name: RouteName, given: Attempt['query']): boolean {
  const names = given.map(([parameter]) => parameter);
  if (query === undefined) return names.length === 0;
  return (
    new Set(names).size === names.length &&
    given.every(([parameter, value]) => {
      if (parameter === 'pageSize') return /^(?:[1-9]\d?|100)$/.test(value);
      // The lists of the service accept only the tokens that they issued.
      const isOurs = name === 'tenants.list' || name === 'sessions.list';
      return parameter === 'pageToken' && (value === '' || (!isOurs && value.length <= 8192));
    })
  );
}

function passesBrowserChecks(name: RouteName, { person, browserHeaders }: Attempt): boolean {
  const { method }: RouteDefinition = ROUTES[name];
  const frontend = frontends[person === 'nobody' ? 'console' : PEOPLE[person].frontend];
  const origins: readonly string[] = [frontend.origin, ...('origins' in frontend ? frontend.origins : [])];
  const headers: BrowserHeaders = {
    'x-csrf': '1',
    origin: method === 'GET' ? undefined : frontend.origin,
    ...browserHeaders,
  };
  const { origin, 'x-csrf': csrf, 'sec-fetch-site': site } = headers;
  if (csrf !== '1' || (origin !== undefined && !origins.includes(String(origin)))) return false;
  return site === undefined || site === 'same-origin' || (site === 'same-site' && origin !== undefined);
}

/** The member rows of docs/contract.md section 5; no session is elevated here. */
function mayCall(need: RouteDefinition['needs'], { person, tenantId }: Attempt): boolean {
  if (person === 'nobody') return false;
  const { user, frontend } = PEOPLE[person];
  if (frontend === 'narrow' && tenantId !== 'acme') return false;
  const tenant = the.directory.tenants.find(({ id }) => id === tenantId);
  if (tenant === undefined || tenant.plane !== 'public' || !('credentials' in tenant)) return false;
  const role = user.memberships.find(({ tenant: member }) => member === tenantId)?.role;
  return role === 'editor' || (role === 'viewer' && need === 'viewer');
}
