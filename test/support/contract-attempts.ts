import fc from 'fast-check';
import { type BrowserHeaders } from './browser.js';
import { brokenValuesOf, valuesOf } from './contract-arbitraries.js';
import { type Contract } from './contract.js';
import { type Reply } from './reply.js';
import { frontends, type FrontendName } from './start-bff.js';
import { the } from './the.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** The callers and their frontends. */
export const PEOPLE = {
  editor: { user: the.editor, frontend: 'console' },
  'editor on the narrow frontend': { user: the.editor, frontend: 'narrow' },
  viewer: { user: the.viewer, frontend: 'console' },
  partner: { user: the.partner, frontend: 'partners' },
  'admin on console': { user: the.admin, frontend: 'console' },
  'admin on admin': { user: the.admin, frontend: 'admin' },
} as const satisfies Record<string, { readonly user: object; readonly frontend: FrontendName }>;

export type Person = keyof typeof PEOPLE;

/** One request, as parts that are valid or invalid independently of each other. */
export interface Attempt {
  readonly person: Person | 'nobody';
  readonly tenantId: string;
  readonly sessionId: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly browserHeaders: BrowserHeaders;
  readonly mediaType: string | undefined;
  readonly body: { readonly value: unknown } | { readonly text: string } | undefined;
  readonly reply: UpstreamReply;
}

export interface UpstreamReply {
  readonly kind: 'success' | 'error' | 'fault';
  readonly reply: Reply;
}

const mostly = <T>(usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: usual, weight: 4 * others.length },
    ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );

const tenantIds = fc.oneof(
  { arbitrary: fc.constant('acme'), weight: 12 },
  { arbitrary: fc.constantFrom('harbour', 'lantern', 'orchard', 'summit', 'bare'), weight: 6 },
  { arbitrary: fc.stringMatching(/^[a-z0-9-]{1,63}$/), weight: 1 },
  { arbitrary: fc.constantFrom('nobody', 'ACME', 'acme_', 'a'.repeat(64), 'a'.repeat(600)), weight: 1 },
);

/** Valid and invalid browser headers on the frontend of the caller. */
const SOUND_HEADERS: readonly BrowserHeaders[] = [{}, { 'sec-fetch-site': 'same-origin' }];
const browserHeaders = mostly<BrowserHeaders>(
  fc.constantFrom(...SOUND_HEADERS),
  fc.constantFrom(
    ...[{ 'x-csrf': undefined }, { 'x-csrf': '0' }, { 'x-csrf': ['1', '1'] }],
    ...[{ origin: 'null' }, { origin: 'https://elsewhere.test' }, { origin: frontends.partners.origins[0] }],
    ...[{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-site' }],
  ),
);

const PAGE_SIZES = ['1', '2', '50', '100', '0', '101', '-1', '1.5', '1e1', '', 'ten', ' 5'];
const pageTokens = fc.oneof(
  fc.constantFrom('', 'x', 'x'.repeat(8192), 'x'.repeat(8193)),
  fc.string({ unit: fc.constantFrom(...'ab9+/=&?#%; \u0000é👋'), minLength: 1, maxLength: 20 }),
);
const page = fc
  .record({ pageSize: fc.constantFrom(...PAGE_SIZES), pageToken: pageTokens }, { requiredKeys: [] })
  .map((given) => Object.entries(given));
const WRONG_QUERIES: readonly Attempt['query'][] = [
  ...['unknown', 'pagesize', '__proto__', 'constructor'].map((name) => [[name, '1']] as const),
  ...['pageSize', 'pageToken'].map(
    (name) =>
      [
        [name, '7'],
        [name, '7'],
      ] as const,
  ),
];

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8'];
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/merge-patch+json',
  undefined,
];
const NO_JSON = ['{', '', 'email=a&password=b', '{"comment":"a"', "{'comment':'a'}", '\ufeff{}', '{}{}'];

function bodiesOf(name: RouteName, contract: Contract): fc.Arbitrary<Attempt['body']> {
  const schema = contract.bodySchema(name);
  const none = fc.constant(undefined);
  // An undocumented body is not rejected if it is JSON.
  if (schema === undefined) return mostly<Attempt['body']>(none, fc.constant({ value: { a: 1 } }));
  const genuine = { email: the.editor.email, password: the.editor.password };
  const valid = valuesOf(schema, contract);
  return fc.oneof(
    { arbitrary: valid.map((value) => ({ value })), weight: 12 },
    { arbitrary: brokenValuesOf(schema, contract).map((value) => ({ value })), weight: 12 },
    { arbitrary: fc.constantFrom(...NO_JSON).map((text) => ({ text })), weight: 1 },
    { arbitrary: none, weight: 1 },
    { arbitrary: fc.constant({ value: genuine }), weight: name === 'session.create' ? 8 : 0 },
  );
}

const FAULTS: readonly Reply[] = [
  ...[{ status: 401 }, { status: 429, body: 'Slow down.' }, { status: 503, body: {} }, { status: 500 }],
  { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not here' },
  { status: 302, headers: { location: 'https://elsewhere.test' } },
  { headers: { 'content-type': 'text/html' }, body: '<p>Hello' },
  { headers: { 'content-type': 'application/json' }, body: '"no object"' },
  { body: { ok: true }, cutAt: 3 },
  { raw: '', then: 'destroy' },
];

function repliesTo(name: RouteName, contract: Contract): fc.Arbitrary<UpstreamReply> {
  const schema = contract.successSchema(name);
  const status = contract.successStatus(name);
  const errors = contract.upstreamErrors(name);
  // Only forwarded calls receive this reply of the upstream.
  if (errors.length === 0) return fc.constant({ kind: 'success', reply: { status } });
  const success =
    schema === undefined
      ? fc.constant<Reply>({ status })
      : valuesOf(schema, contract).map((body): Reply => ({ status, body: body as object }));
  const error = fc.constantFrom(...errors).map(({ status, errorCode, message, resolution }) => ({
    kind: 'error' as const,
    reply: { status, body: { errorCode, message, resolution } },
  }));
  return fc.oneof(
    { arbitrary: success.map((reply) => ({ kind: 'success' as const, reply })), weight: 6 },
    { arbitrary: error, weight: 3 },
    { arbitrary: fc.constantFrom(...FAULTS).map((reply) => ({ kind: 'fault' as const, reply })), weight: 1 },
  );
}

/** Requests for one operation, most of which are invalid in at most one part. */
export function attemptsAt(name: RouteName, contract: Contract): fc.Arbitrary<Attempt> {
  const pages = ROUTES[name].query !== undefined;
  const people = Object.keys(PEOPLE) as Person[];
  return fc.record<Attempt>({
    person: mostly<Attempt['person']>(
      fc.constant('editor'),
      fc.constantFrom('nobody', ...people),
      fc.constantFrom(...people),
    ),
    tenantId: tenantIds,
    sessionId: fc.oneof(fc.constant('own'), fc.uuid(), fc.stringMatching(/^[A-Za-z0-9_-]{1,200}$/)),
    query: mostly<Attempt['query']>(pages ? page : fc.constant([]), fc.constantFrom(...WRONG_QUERIES)),
    browserHeaders,
    mediaType: mostly<string | undefined>(fc.constantFrom(...JSON_TYPES), fc.constantFrom(...OTHER_TYPES)),
    body: bodiesOf(name, contract),
    reply: repliesTo(name, contract),
  });
}
