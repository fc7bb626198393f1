import { type BrowserHeaders } from './browser.js';
import { type Attempt, PEOPLE } from './contract-attempts.js';
import { type Contract } from './contract.js';
import { frontends } from './start-bff.js';
import { the } from './the.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** What the contract makes of an attempt, part by part, worked out from the cast and the document alone. */
export interface Expectation {
  /** The member, query and media type parts are such that nothing is wrong with the input. */
  readonly soundInput: boolean;
  /** Whether the document's schema accepts the body; undefined where none is documented, and none says anything. */
  readonly acceptedBody: boolean | undefined;
  /** The path is one that the document's parameters allow. */
  readonly soundPath: boolean;
  /** The call goes on to the upstream, once. */
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
    return ROUTES[name].method === 'DELETE' && body !== undefined && saysSomething(body) ? false : undefined;
  }
  return body !== undefined && 'value' in body && contract.acceptsBody(name, overTheWire(body.value));
}

/** The body of a DELETE may be there, but not mean anything. */
function saysSomething(body: NonNullable<Attempt['body']>): boolean {
  return !('value' in body) || !['{}', 'null'].includes(JSON.stringify(body.value));
}

/** `__proto__` and the like as JSON has them. */
function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** A GET has no body to be judged; elsewhere it is JSON, or nothing at all where none is due. */
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
      // A list of our own takes only tokens that it gave.
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

/** The member rows of docs/contract.md section 5; nobody is elevated here. */
function mayCall(need: RouteDefinition['needs'], { person, tenantId }: Attempt): boolean {
  if (person === 'nobody') return false;
  const { user, frontend } = PEOPLE[person];
  if (frontend === 'narrow' && tenantId !== 'acme') return false;
  const tenant = the.directory.tenants.find(({ id }) => id === tenantId);
  if (tenant === undefined || tenant.plane !== 'public' || !('credentials' in tenant)) return false;
  const role = user.memberships.find(({ tenant: member }) => member === tenantId)?.role;
  return role === 'editor' || (role === 'viewer' && need === 'viewer');
}
