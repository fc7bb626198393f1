import { createHash, randomBytes } from 'node:crypto';
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
  ...[
    ['a key of zeros', Buffer.alloc(32)],
    ['a repeated block', Buffer.concat([randomBytes(16)].flatMap((half) => [half, half]))],
    ['a sequence', Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7))],
    ['a text', Buffer.from('0123456789abcdefghijklmnopqrstuv')],
  ].map(([what, bytes]): [string, EnvironmentVariables, string] => [
    String(what),
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${bytes?.toString('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: is not random',
  ]),
  [
    'the key of these tests in production',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${createHash('sha256').update('tests').digest('base64')}` },
    'BFF_ENCRYPTION_KEYS[0]: appears in public examples; generate one with openssl rand -base64 32',
  ],
  [
    'the generated key of development in production',
    { ...PRODUCTION, BFF_ENCRYPTION_KEYS: `k1:${key},embedded:${key}` },
    'BFF_ENCRYPTION_KEYS[1]: embedded is the generated key of profile development; rotate to another key in that profile first',
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
