import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { problemsOf, PRODUCTION } from './bff-config.fixture.js';
import { type EnvironmentVariables } from './environment-reader.js';

const key = randomBytes(32).toString('base64');

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'a short key',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${randomBytes(16).toString('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: must be 32 bytes in base64, has 16',
  ],
  [
    'a test key',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: is not random',
  ],
  [
    'a key without an id',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: key },
    'BFF_ENCRYPTION_KEYS[0]: must be id:base64',
  ],
  [
    'two keys of one id',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${key},k1:${key}` },
    'BFF_ENCRYPTION_KEYS[1]: the id k1 is repeated',
  ],
])('%s is rejected (CRD-03, RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});
