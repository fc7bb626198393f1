import { expect, it } from '@jest/globals';
import { loadConfig } from './bff-config.js';
import { ConfigurationError, type EnvironmentVariables } from './environment-reader.js';

interface Entry {
  readonly origin: string;
  readonly origins?: readonly string[];
  readonly class?: string;
}

function problemsOf(...entries: readonly Entry[]): readonly string[] {
  const frontends = entries.map((entry, index) => ({ name: `f${index}`, class: 'internal', ...entry }));
  return problemsOfVariables({ BFF_FRONTENDS: JSON.stringify(frontends) });
}

function problemsOfVariables(variables: EnvironmentVariables): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

it.each<[difference: string, other: Entry]>([
  ['nothing', { origin: 'https://a.example.com' }],
  ['the class', { origin: 'https://a.example.com', class: 'admin' }],
  ['the port', { origin: 'https://a.example.com:8443' }],
  ['the scheme', { origin: 'http://a.example.com' }],
])('two frontends on one host name that differ by %s are refused (CSR-16)', (_, other) => {
  expect(problemsOf({ origin: 'https://a.example.com' }, other)).toEqual([
    'BFF_FRONTENDS: the host name a.example.com appears more than once; each frontend must have its own, whatever the port',
  ]);
});

it('a frontend on a host below that of another frontend is accepted', () => {
  expect(problemsOf({ origin: 'http://localhost:3000' }, { origin: 'http://admin.localhost:3000' })).toEqual(
    [],
  );
});

it.each([
  ['https://bff.example.com', 'https://app.example.com:8443'],
  ['http://localhost:3000', 'http://localhost:5173'],
])('the frontend at %s may list the origin %s of its own site', (origin, listed) => {
  expect(problemsOf({ origin, origins: [listed] })).toEqual([]);
});

it.each([
  ['https://bff.example.com', 'https://app.example.org'],
  ['https://bff.example.com', 'http://app.example.com'],
  ['http://console.localhost:3000', 'http://localhost:5173'],
  ['http://localhost:3000', 'http://127.0.0.1:5173'],
])('the frontend at %s cannot list %s, which is another site', (origin, listed) => {
  expect(problemsOf({ origin, origins: [listed] })).toEqual([
    `BFF_FRONTENDS[0].origins[0]: ${listed} is another site than ${origin}; browsers withhold the SameSite=Strict ` +
      'session cookie from its requests. Use the same scheme and a host under the same registrable domain',
  ]);
});

it('the default console frontend accepts calls from the Vite development server, the others do not', () => {
  const origins = loadConfig({ BFF_PORT: '8080' }).frontends.map((frontend) => [...frontend.origins]);
  expect(origins).toEqual([
    ['http://localhost:8080', 'http://localhost:5173'],
    ['http://partner.localhost:8080'],
    ['http://admin.localhost:8080'],
  ]);
});

it('a host name that only looks like a loopback address must be https in production', () => {
  const entry = { name: 'a', class: 'internal', origin: 'http://127.example.com' };
  const problems = problemsOfVariables({ BFF_PROFILE: 'production', BFF_FRONTENDS: JSON.stringify([entry]) });
  expect(problems).toContain(
    'BFF_FRONTENDS[0].origin: must be https, or the session cookie, which is Secure, never reaches the browser',
  );
});
