import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, open, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const COOL_DOWN_MS = 2_000;
const FLOOD = 15;

/** Every token has another key id. */
const unknownKeyIds: Misdeed = {
  header: {
    get kid() {
      return randomUUID();
    },
  },
};

let provider: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await HostileProvider.start();
  bff = await startBff({ oidc: { console: oidcOf(provider) } });
  await bff.apply({ users: [personOf(provider, 'subject')] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});
/** Each test begins directly after the keys were fetched. */
beforeEach(async () => {
  await provider.rotateKeys();
  bff.turnClock(COOL_DOWN_MS);
  expect(await signIn()).toBe(302);
  provider.keyRequests = 0;
});
afterEach(() => {
  provider.misdeed = {};
});

async function signIn(): Promise<number> {
  const browser = bff.browser();
  return (await followCallback(browser, provider.authorize(await beginLogin(browser)))).status;
}

async function signInMany(): Promise<void> {
  const statuses = await Promise.all(Array.from({ length: FLOOD }, signIn));
  expect(statuses).toEqual(Array<number>(FLOOD).fill(401));
}

async function sendLogoutTokens(): Promise<void> {
  const browser = bff.browser();
  for (let sent = 0; sent < FLOOD; sent += 1) {
    const token = await provider.logoutToken({ sub: 'subject' }, unknownKeyIds);
    const answer = await browser.request('POST', '/session/backchannel-logout', {
      rawBody: new URLSearchParams({ logout_token: token }).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-csrf': undefined,
        origin: undefined,
      },
    });
    expect(answer.status).toBe(400);
  }
}

describe("a provider's keys (AUT-03)", () => {
  it('are fetched again when one is replaced under its id, at most once in 2 s', async () => {
    await provider.rotateKeys();
    expect(await signIn()).toBe(401);
    expect(provider.keyRequests).toBe(0);
    bff.turnClock(COOL_DOWN_MS);
    expect(await signIn()).toBe(302);
    expect(provider.keyRequests).toBe(1);
  });

  it.each<[what: string, flood: () => Promise<void>]>([
    ['ID tokens', signInMany],
    ['logout tokens that anyone can send', sendLogoutTokens],
  ])('are fetched at most once in 2 s for %s with unknown key ids', async (_, flood) => {
    provider.misdeed = unknownKeyIds;
    await flood();
    expect(provider.keyRequests).toBe(0);
    bff.turnClock(COOL_DOWN_MS);
    await flood();
    expect(provider.keyRequests).toBe(1);
    bff.turnClock(COOL_DOWN_MS - 1);
    await flood();
    expect(provider.keyRequests).toBe(1);
    provider.misdeed = {};
    expect(await signIn()).toBe(302);
    expect(provider.keyRequests).toBe(1);
  });

  it('are fetched no earlier when the metadata of the provider is read again', async () => {
    provider.misdeed = { tokenAnswer: { status: 503, body: '{}' } };
    expect(await signIn()).toBe(503);
    provider.misdeed = unknownKeyIds;
    await signInMany();
    expect(provider.keyRequests).toBe(0);
  });
});

describe('a provider whose metadata names another issuer (AUT-03)', () => {
  it.each<[what: string, named: (issuer: string) => string]>([
    ['on another host', () => 'https://elsewhere.test'],
    ['with a slash at the end', (issuer) => `${issuer}/`],
    ['in another case', (issuer) => issuer.replace('http', 'HTTP')],
  ])('%s is rejected, and only signing in by password works', async (_, named) => {
    const impostor = await HostileProvider.start();
    impostor.metadata = { issuer: named(impostor.issuer) };
    const other = await startBff({ oidc: { console: oidcOf(impostor) } });
    try {
      const browser = other.browser();
      const answer = await open(browser, '/session/login');
      expectProblem(answer, 502, 'bff_upstream_invalid_response');
      expect(answer.headers.location).toBeUndefined();
      expect(browser.cookies.size).toBe(0);
      expect(impostor.keyRequests).toBe(0);
      expect((await other.signedIn(the.editor)).cookies.size).toBe(2);
    } finally {
      await other.close();
      await impostor.close();
    }
  });
});
