import { expect, it } from '@jest/globals';
import { problemsOf } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';
import { type EnvironmentVariables } from './environment-reader.js';

it('profile development needs no variable and configures no upstream server', () => {
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

it('start-up in profile production lists every missing variable at once (RES-18)', () => {
  expect(problemsOf({ BFF_PROFILE: 'production' })).toEqual([
    'BFF_FRONTENDS: must be set',
    'DATABASE_URL: must be set',
    'REDIS_URL: must be set',
    'BFF_ENCRYPTION_KEYS: must be set',
  ]);
});

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  ['an unknown profile', { BFF_PROFILE: 'test' }, 'BFF_PROFILE: must be one of development, production'],
  ['a port that is not a number', { BFF_PORT: 'http' }, 'BFF_PORT: must be a whole number from 0 to 65535'],
  ['a port out of range', { BFF_PORT: '65536' }, 'BFF_PORT: must be a whole number from 0 to 65535'],
  ['a time-out of 0', { SINCH_TIMEOUT_MS: '0' }, 'SINCH_TIMEOUT_MS: must be a whole number from 1 to 600000'],
  [
    'an unknown log level',
    { LOG_LEVEL: 'loud' },
    'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});
