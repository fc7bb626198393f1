import { loadConfig, Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { expect, it } from '@jest/globals';
import { CredentialCheck } from './credential-check.js';
import { type IssuedToken, type TokenClient } from './token-client.js';

const { servers } = loadConfig({ SINCH_PRODUCTION_TOKEN_URL: 'https://auth.example.com/oauth2/token' });
const key = { keyId: 'key', secret: () => new Secret('secret') };
const token: IssuedToken = { authorization: 'Bearer token', lifetimeMs: 1 };

const checkWith = (request: () => Promise<IssuedToken>): CredentialCheck =>
  new CredentialCheck({ request } as unknown as TokenClient);

it('a key is not checked on a server without a token URL', async () => {
  const check = checkWith(() => Promise.reject(new Error('The token endpoint was asked')));
  expect(await check.run(servers.public.staging, key)).toBe(false);
});

it('a key is checked at the token endpoint, whose error is thrown', async () => {
  expect(await checkWith(() => Promise.resolve(token)).run(servers.public.production, key)).toBe(true);
  const problem = new Problem('bff_upstream_credentials_rejected');
  await expect(checkWith(() => Promise.reject(problem)).run(servers.public.production, key)).rejects.toBe(
    problem,
  );
});

it('a fifth concurrent check is rejected, and later checks are not', async () => {
  const { promise, resolve } = Promise.withResolvers<IssuedToken>();
  const check = checkWith(() => promise);
  const run = (): Promise<boolean> => check.run(servers.public.production, key);
  const running = [run(), run(), run(), run()];
  await expect(run()).rejects.toThrow(new Problem('bff_overloaded'));
  resolve(token);
  expect(await Promise.all(running)).toEqual([true, true, true, true]);
  expect(await run()).toBe(true);
});

it('the number of consecutive checks is not limited', async () => {
  const check = checkWith(() => Promise.resolve(token));
  for (let count = 0; count < 10; count += 1) {
    expect(await check.run(servers.public.production, key)).toBe(true);
  }
});
