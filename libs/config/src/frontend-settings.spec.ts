import { expect, it } from '@jest/globals';
import { problemsOf, PRODUCTION } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';

interface Entry {
  readonly origin: string;
  readonly origins?: readonly string[];
  readonly class?: string;
}

function problemsOfEntries(...entries: readonly Entry[]): readonly string[] {
  const frontends = entries.map((entry, index) => ({ name: `f${index}`, class: 'internal', ...entry }));
  return problemsOf({ BFF_FRONTENDS: JSON.stringify(frontends) });
}

it.each<[difference: string, other: Entry]>([
  ['nothing', { origin: 'https://a.example.com' }],
  ['the class', { origin: 'https://a.example.com', class: 'admin' }],
  ['the port', { origin: 'https://a.example.com:8443' }],
  ['the scheme', { origin: 'http://a.example.com' }],
])('two frontends on one host name that differ by %s are rejected (CSR-16)', (_, other) => {
  expect(problemsOfEntries({ origin: 'https://a.example.com' }, other)).toEqual([
    'BFF_FRONTENDS: the host name a.example.com appears more than once; each frontend needs a unique one, regardless of the port',
  ]);
});

it('a frontend on a subdomain of another frontend is accepted', () => {
  expect(
    problemsOfEntries({ origin: 'http://localhost:3000' }, { origin: 'http://admin.localhost:3000' }),
  ).toEqual([]);
});

it.each([
  ['https://bff.example.com', 'https://app.example.com:8443'],
  ['http://localhost:3000', 'http://localhost:5173'],
])('the frontend at %s can list the same-site origin %s', (origin, listed) => {
  expect(problemsOfEntries({ origin, origins: [listed] })).toEqual([]);
});

it.each([
  ['https://bff.example.com', 'https://app.example.org'],
  ['https://bff.example.com', 'http://app.example.com'],
  ['http://console.localhost:3000', 'http://localhost:5173'],
  ['http://localhost:3000', 'http://127.0.0.1:5173'],
])('the frontend at %s cannot list the cross-site origin %s', (origin, listed) => {
  expect(problemsOfEntries({ origin, origins: [listed] })).toEqual([
    `BFF_FRONTENDS[0].origins[0]: ${listed} is cross-site to ${origin}; browsers withhold the SameSite=Strict ` +
      'session cookie from its requests. Use the same scheme and a host under the same registrable domain',
  ]);
});

it('only the default console frontend accepts calls from the Vite development server', () => {
  const origins = loadConfig({ BFF_PORT: '8080' }).frontends.map((frontend) => [...frontend.origins]);
  expect(origins).toEqual([
    ['http://localhost:8080', 'http://localhost:5173'],
    ['http://partner.localhost:8080'],
    ['http://admin.localhost:8080'],
  ]);
});

it('a host name that only looks like a loopback address must be https in production', () => {
  const entry = { name: 'a', class: 'internal', origin: 'http://127.example.com' };
  const problems = problemsOf({ BFF_PROFILE: 'production', BFF_FRONTENDS: JSON.stringify([entry]) });
  expect(problems).toContain(
    'BFF_FRONTENDS[0].origin: must be https, or the session cookie, which is Secure, never reaches the browser',
  );
});

it.each<[what: string, frontends: unknown, problem: string]>([
  ['an empty list', [], 'BFF_FRONTENDS: must be a list with at least one frontend'],
  [
    'a wildcard',
    [{ name: 'a', class: 'internal', origin: 'https://*.example.com' }],
    'BFF_FRONTENDS[0].origin: must be an origin such as https://console.example.com, without path, wildcard or default port',
  ],
  [
    'a path',
    [{ name: 'a', class: 'internal', origin: 'https://a.example.com/app' }],
    'BFF_FRONTENDS[0].origin: must be an origin such as https://console.example.com, without path, wildcard or default port',
  ],
  [
    'another case',
    [{ name: 'a', class: 'internal', origin: 'https://A.example.com' }],
    'BFF_FRONTENDS[0].origin: must be an origin such as https://console.example.com, without path, wildcard or default port',
  ],
  [
    'an unknown class',
    [{ name: 'a', class: 'guest', origin: 'https://a.example.com' }],
    'BFF_FRONTENDS[0].class: must be one of internal, partner, admin',
  ],
  [
    'an unknown member',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', colour: 'red' }],
    'BFF_FRONTENDS[0].colour: is not a known member',
  ],
  [
    'an idle time of 0',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', idleMinutes: 0 }],
    'BFF_FRONTENDS[0].idleMinutes: must be a number of minutes above 0',
  ],
  [
    'a repeated name',
    [
      { name: 'a', class: 'admin', origin: 'https://a.example.com' },
      { name: 'a', class: 'admin', origin: 'https://b.example.com' },
    ],
    'BFF_FRONTENDS: the name a appears more than once',
  ],
  [
    'an elevation of more than 15 minutes',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', elevationMinutes: 15.1 }],
    'BFF_FRONTENDS[0].elevationMinutes: must be at most 15',
  ],
  [
    'an invalid tenant id',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', tenants: ['A b'] }],
    'BFF_FRONTENDS[0].tenants[0]: must be a tenant id, [a-z0-9-]{1,63}',
  ],
])('a list of frontends with %s is rejected (RES-18)', (_, frontends, problem) => {
  expect(problemsOf({ BFF_FRONTENDS: JSON.stringify(frontends) })).toEqual([problem]);
});

it('a frontend with a plain HTTP origin is rejected in production, because browsers would not send its cookie', () => {
  const frontends = JSON.stringify([{ name: 'a', class: 'internal', origin: 'http://a.example.com' }]);
  expect(problemsOf({ ...PRODUCTION, BFF_FRONTENDS: frontends })).toEqual([
    'BFF_FRONTENDS[0].origin: must be https, or the session cookie, which is Secure, never reaches the browser',
  ]);
});

it('each frontend class has its own session lifetimes (docs/contract.md section 4)', () => {
  const minutes = loadConfig({}).frontends.map(({ idleMs, absoluteMs, elevationMs }) =>
    [idleMs, absoluteMs, elevationMs].map((milliseconds) => milliseconds / 60_000),
  );
  expect(minutes).toEqual([
    [30, 720, 15],
    [15, 480, 15],
    [15, 480, 15],
  ]);
});
