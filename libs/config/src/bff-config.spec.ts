import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from './bff-config.js';
import { ConfigurationError, type EnvironmentVariables } from './environment-reader.js';

const key = randomBytes(32).toString('base64');
const production: EnvironmentVariables = {
  BFF_PROFILE: 'production',
  BFF_FRONTENDS: JSON.stringify([
    { name: 'console', class: 'internal', origin: 'https://console.example.com' },
  ]),
  DATABASE_URL: 'postgres://bff@db/bff',
  BFF_ENCRYPTION_KEYS: `k1:${key}`,
};

function problemsOf(variables: EnvironmentVariables): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('profile development', () => {
  it('needs nothing and configures no upstream server', () => {
    const config = loadConfig({});
    expect(config.public).toEqual({ host: '127.0.0.1', port: 3000 });
    expect(config.management).toEqual({ host: '127.0.0.1', port: 3001 });
    expect(config.database).toEqual({ kind: 'pglite', directory: '.data/directory' });
    expect(
      config.frontends.map(({ name, class: frontendClass, origin }) => [name, frontendClass, origin]),
    ).toEqual([
      ['console', 'internal', 'http://localhost:3000'],
      ['partners', 'partner', 'http://partner.localhost:3000'],
      ['admin', 'admin', 'http://admin.localhost:3000'],
    ]);
    expect(config.servers.public.production.url).toBeNull();
    expect(config.servers.admin.staging.tokenUrl).toBeNull();
  });

  it('gives each class its clocks (docs/contract.md section 4)', () => {
    const minutes = loadConfig({}).frontends.map(({ idleMs, absoluteMs, elevationMs }) =>
      [idleMs, absoluteMs, elevationMs].map((milliseconds) => milliseconds / 60_000),
    );
    expect(minutes).toEqual([
      [30, 720, 15],
      [15, 480, 15],
      [15, 480, 15],
    ]);
  });

  it('accepts http for upstream and token URLs', () => {
    const { servers } = loadConfig({
      SINCH_STAGING_URL: 'http://127.0.0.1:4010/staging',
      SINCH_STAGING_TOKEN_URL: 'http://127.0.0.1:4010/staging/oauth2/token',
    });
    expect(servers.public.staging.url?.href).toBe('http://127.0.0.1:4010/staging');
  });
});

describe('profile production', () => {
  it('calls the six documented hosts and the one documented token URL by default', () => {
    const { servers } = loadConfig(production);
    expect(Object.values(servers.public).map(({ url }) => url?.href)).toEqual([
      'https://provisioning.api.sinch.com/',
      'https://provisioning-api.int.staging.sinch.com/',
      'https://provisioning-api-dev.int.staging.sinch.com/',
    ]);
    expect(Object.values(servers.admin).map(({ url }) => url?.href)).toEqual([
      'https://provisioning-api.unauth.int.prod.sinch.com/',
      'https://provisioning-api.unauth.int.staging.sinch.com/',
      'https://provisioning-api-dev.unauth.int.staging.sinch.com/',
    ]);
    const tokenUrls = [...Object.values(servers.public), ...Object.values(servers.admin)].map(
      ({ tokenUrl }) => tokenUrl?.href,
    );
    expect(tokenUrls).toEqual([
      'https://auth.sinch.com/oauth2/token',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('names everything that is missing at once', () => {
    expect(problemsOf({ BFF_PROFILE: 'production' })).toEqual([
      'BFF_FRONTENDS: must be set',
      'DATABASE_URL: must be set',
      'BFF_ENCRYPTION_KEYS: must be set',
    ]);
  });
});

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  ['an unknown profile', { BFF_PROFILE: 'test' }, 'BFF_PROFILE: must be one of development, production'],
  ['a port in words', { BFF_PORT: 'http' }, 'BFF_PORT: must be a whole number from 0 to 65535'],
  ['a port out of range', { BFF_PORT: '65536' }, 'BFF_PORT: must be a whole number from 0 to 65535'],
  ['a time-out of 0', { SINCH_TIMEOUT_MS: '0' }, 'SINCH_TIMEOUT_MS: must be a whole number from 1 to 600000'],
  [
    'an embedded database in production',
    { ...production, DATABASE_URL: 'pglite:.data/directory' },
    'DATABASE_URL: must be a postgres:// address in profile production',
  ],
  [
    'another database',
    { DATABASE_URL: 'mysql://db' },
    'DATABASE_URL: must be postgres://…, pglite:<directory> or pglite:memory',
  ],
  [
    'a plain upstream in production',
    { ...production, SINCH_STAGING_URL: 'http://staging.example.com' },
    'SINCH_STAGING_URL: must be https in profile production',
  ],
  [
    'credentials in a URL',
    { SINCH_STAGING_URL: 'https://a:b@staging.example.com' },
    'SINCH_STAGING_URL: must have neither credentials, query nor fragment',
  ],
  [
    'another scheme',
    { SINCH_STAGING_URL: 'ftp://staging.example.com' },
    'SINCH_STAGING_URL: must be an absolute http address',
  ],
  [
    'a short key',
    { ...production, BFF_ENCRYPTION_KEYS: `k1:${randomBytes(16).toString('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: must be 32 bytes in base64, has 16',
  ],
  [
    'a test key',
    { ...production, BFF_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: is not random',
  ],
  [
    'a key without an id',
    { ...production, BFF_ENCRYPTION_KEYS: key },
    'BFF_ENCRYPTION_KEYS[0]: must be id:base64',
  ],
  [
    'two keys of one id',
    { ...production, BFF_ENCRYPTION_KEYS: `k1:${key},k1:${key}` },
    'BFF_ENCRYPTION_KEYS[1]: the id k1 is repeated',
  ],
  [
    'a proxy that is no range',
    { BFF_TRUSTED_PROXIES: '10.0.0.0/8,proxy' },
    'BFF_TRUSTED_PROXIES: proxy is not a CIDR range',
  ],
  [
    'a range too long',
    { BFF_TRUSTED_PROXIES: '10.0.0.0/33' },
    'BFF_TRUSTED_PROXIES: 10.0.0.0/33 is not a CIDR range',
  ],
  [
    'an unknown log level',
    { LOG_LEVEL: 'loud' },
    'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
  ],
  ['Redis', { REDIS_URL: 'redis://cache' }, 'REDIS_URL: is not supported yet; leave it unset'],
  [
    'a provider without a client secret',
    { OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'bff' },
    'OIDC_CLIENT_SECRET: must be set',
  ],
  [
    'a provider that is no address',
    { OIDC_ISSUER: 'id.example.com', OIDC_CLIENT_ID: 'bff', OIDC_CLIENT_SECRET: 'secret' },
    'OIDC_ISSUER: must be an absolute http address without query and fragment',
  ],
  [
    'an unknown policy for unknown subjects',
    {
      ...{ OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'bff', OIDC_CLIENT_SECRET: 'secret' },
      OIDC_UNKNOWN_SUBJECTS: 'welcome',
    },
    'OIDC_UNKNOWN_SUBJECTS: must be one of refuse, create',
  ],
  [
    'a value given twice',
    { BFF_HOST: '::1', BFF_HOST_FILE: '/nowhere' },
    'BFF_HOST: set either BFF_HOST or BFF_HOST_FILE, not both',
  ],
  [
    'a file that is not there',
    { BFF_HOST_FILE: '/nowhere/at/all' },
    'BFF_HOST_FILE: the file cannot be read (ENOENT)',
  ],
])('%s is refused (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});

const provider = { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: 'secret' };

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
    'no time',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', idleMinutes: 0 }],
    'BFF_FRONTENDS[0].idleMinutes: must be a number of minutes above 0',
  ],
  [
    'two of one name',
    [
      { name: 'a', class: 'admin', origin: 'https://a.example.com' },
      { name: 'a', class: 'admin', origin: 'https://b.example.com' },
    ],
    'BFF_FRONTENDS: the name a appears more than once',
  ],
  [
    'a provider that is no object',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', oidc: 'https://id.example.com' }],
    'BFF_FRONTENDS[0].oidc: must be an object',
  ],
  [
    'a provider with an unknown member',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', oidc: { ...provider, colour: 'red' } }],
    'BFF_FRONTENDS[0].oidc.colour: is not a known member',
  ],
  [
    'a provider whose secret stands in a variable that is not set',
    [
      {
        ...{ name: 'a', class: 'admin', origin: 'https://a.example.com' },
        oidc: { ...provider, clientSecret: '${NOWHERE}' },
      },
    ],
    'BFF_FRONTENDS[0].oidc.clientSecret: the variable NOWHERE is not set',
  ],
  [
    'an elevation of more than 15 minutes',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', elevationMinutes: 15.1 }],
    'BFF_FRONTENDS[0].elevationMinutes: must be at most 15',
  ],
  [
    'a tenant that is none',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', tenants: ['A b'] }],
    'BFF_FRONTENDS[0].tenants[0]: must be a tenant id, [a-z0-9-]{1,63}',
  ],
])('a list of frontends with %s is refused', (_, frontends, problem) => {
  expect(problemsOf({ BFF_FRONTENDS: JSON.stringify(frontends) })).toEqual([problem]);
});

it('a frontend at plain http is refused in production, where its cookie would never arrive', () => {
  const frontends = JSON.stringify([{ name: 'a', class: 'internal', origin: 'http://a.example.com' }]);
  expect(problemsOf({ ...production, BFF_FRONTENDS: frontends })).toEqual([
    'BFF_FRONTENDS[0].origin: must be https, or the session cookie, which is Secure, never reaches the browser',
  ]);
});

describe('values from files', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bff-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('any variable is read from the file that its _FILE names, without the last line break', () => {
    const file = join(folder, 'port');
    writeFileSync(file, '4321\n');
    expect(loadConfig({ BFF_PORT_FILE: file }).public.port).toBe(4321);
  });

  it('frontends may stand in a YAML file', () => {
    const file = join(folder, 'frontends.yaml');
    writeFileSync(file, '- { name: a, class: partner, origin: "https://a.example.com", idleMinutes: 0.5 }\n');
    expect(loadConfig({ BFF_FRONTENDS: file }).frontends[0]).toMatchObject({ name: 'a', idleMs: 30_000 });
  });
});

describe('the provider of a frontend', () => {
  const origin = 'https://a.example.com';
  const frontend = (oidc?: object) =>
    JSON.stringify([{ name: 'a', class: 'admin', origin, ...(oidc && { oidc }) }]);
  const common = {
    OIDC_ISSUER: 'https://common.example.com',
    OIDC_CLIENT_ID: 'common',
    OIDC_CLIENT_SECRET: 'common secret',
    OIDC_ACR_ELEVATED: 'gold',
  };
  const oidcOf = (variables: Record<string, string>) => loadConfig(variables).frontends[0]?.oidc;

  it('is its own, with what it takes from the environment', () => {
    const variables = {
      ...common,
      BFF_FRONTENDS: frontend({ ...provider, clientSecret: 'x-${THE_SECRET}', unknownSubjects: 'create' }),
      THE_SECRET: 'canary',
    };
    const oidc = oidcOf(variables);
    expect(oidc).toMatchObject({
      issuer: 'https://id.example.com',
      acrElevated: 'urn:bff:acr:elevated',
      unknownSubjects: 'create',
    });
    expect(oidc?.clientSecret.reveal()).toBe('x-canary');
  });

  it('is the common one where it has none', () => {
    expect(oidcOf({ ...common, BFF_FRONTENDS: frontend() })).toMatchObject({
      ...{ issuer: 'https://common.example.com', clientId: 'common', acrElevated: 'gold' },
      unknownSubjects: 'refuse',
    });
  });

  it('is none where nobody names one', () => {
    expect(oidcOf({ BFF_FRONTENDS: frontend() })).toBeNull();
  });

  it('is reached by https alone in production', () => {
    const variables = { BFF_PROFILE: 'production', ...common, OIDC_ISSUER: 'http://common.example.com' };
    expect(problemsOf(variables)).toContain('OIDC_ISSUER: must be https in profile production');
  });
});

it.each(['0.0.0.0/0', '10.1.2.3/0', '::/0', '2001:db8::1/0', '::ffff:0:0/96', '::/64'])(
  'the trusted proxy range %s, which contains every address, is refused',
  (range) => {
    expect(problemsOf({ BFF_TRUSTED_PROXIES: `10.0.0.0/8, ${range}` })).toEqual([
      `BFF_TRUSTED_PROXIES: ${range} contains every address, so that any client could forge its own with X-Forwarded-For; list only the ranges of the proxies`,
    ]);
  },
);

it.each(['0.0.0.0/1', '128.0.0.0/1', '::1', 'fc00::/7', '::ffff:10.0.0.0/104'])(
  'the trusted proxy range %s is accepted',
  (range) => {
    expect(problemsOf({ BFF_TRUSTED_PROXIES: range })).toEqual([]);
  },
);
