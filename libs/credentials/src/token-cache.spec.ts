import { type AuditLog } from '@bff/audit';
import { type BffConfig, loadConfig, Secret } from '@bff/config';
import { Problem, type ProblemCode } from '@bff/problems';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Credential } from './credential.js';
import { TokenCache } from './token-cache.js';
import { type IssuedToken, type TokenClient } from './token-client.js';

const { servers } = loadConfig({ SINCH_PRODUCTION_TOKEN_URL: 'https://auth.example.com/oauth2/token' });
const server = servers.public.production;

let now: number;
let issued: (Problem | number)[];
let cache: TokenCache;
let credential: Credential;
beforeEach(() => {
  now = 1_000_000;
  issued = [];
  let count = 0;
  const request = (): Promise<IssuedToken> => {
    const next = issued.shift();
    if (typeof next !== 'number') return Promise.reject(next ?? new Error('No token is left'));
    return Promise.resolve({ authorization: `Bearer ${(count += 1)}`, lifetimeMs: next });
  };
  const audit = { later: () => undefined } as unknown as AuditLog;
  const config = { clock: () => now, monotonic: () => now } as unknown as BffConfig;
  cache = new TokenCache({ request } as unknown as TokenClient, audit, config);
  const dates = { createdAt: new Date(0), updatedAt: new Date(0) };
  const secret = new Secret('secret');
  credential = new Credential(
    'tenant-credentials',
    'acme',
    'oauth2',
    'key',
    1,
    dates,
    'r',
    's',
    () => secret,
  );
});

const authorization = async (): Promise<string> => cache.authorizationFor(server, credential);

const refusal = (code: ProblemCode, retryAfter?: string): Problem => new Problem(code, { retryAfter });

describe('the known refusal of a credential', () => {
  it('does not exist while a token is valid, even if its renewal was refused', async () => {
    issued = [100_000, refusal('bff_upstream_credentials_rejected')];
    await authorization();
    now += 90_000;
    await authorization();
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(issued).toEqual([]);
    now += 9_999;
    expect(cache.knownRefusal(server, credential)).toBeUndefined();
    now += 1;
    expect(cache.knownRefusal(server, credential)?.errorCode).toBe('bff_upstream_credentials_rejected');
  });

  it('ends 30 s after the refusal', async () => {
    issued = [refusal('bff_upstream_credentials_rejected')];
    await expect(authorization()).rejects.toThrow();
    now += 29_999;
    expect(cache.knownRefusal(server, credential)).toBeDefined();
    now += 1;
    expect(cache.knownRefusal(server, credential)).toBeUndefined();
  });

  it.each([
    ['7', 7_000],
    ['20', 20_000],
    ['100000', 30_000],
    ['1234567890', 1_000],
    ['Wed, 21 Oct 2099 07:28:00 GMT', 1_000],
  ])('of a rate limit with Retry-After %s ends after %i ms', async (retryAfter, milliseconds) => {
    issued = [refusal('bff_rate_limited', retryAfter)];
    await expect(authorization()).rejects.toThrow();
    now += milliseconds - 1;
    expect(cache.knownRefusal(server, credential)).toBeDefined();
    now += 1;
    expect(cache.knownRefusal(server, credential)).toBeUndefined();
  });
});

describe('a token that the upstream refused', () => {
  it('is replaced if it is no longer the current one', async () => {
    issued = [100_000];
    await authorization();
    expect(cache.refused(server, credential, 'Bearer 0', false)).toBe(true);
    expect(await authorization()).toBe('Bearer 1');
  });

  it('is replaced if it has expired, and the second fresh one is kept for the cool-down', async () => {
    issued = [100_000, 100_000, 100_000];
    expect(cache.refused(server, credential, await authorization(), true)).toBe(true);
    expect(cache.refused(server, credential, await authorization(), true)).toBe(false);
    now += 29_999;
    expect(await authorization()).toBe('Bearer 2');
    now += 1;
    expect(await authorization()).toBe('Bearer 3');
  });

  it('does not count as fresh 30 s after it was issued', async () => {
    issued = [100_000, 100_000, 100_000];
    const first = await authorization();
    now += 30_000;
    expect(cache.refused(server, credential, first, true)).toBe(true);
    expect(cache.refused(server, credential, await authorization(), true)).toBe(true);
  });
});
