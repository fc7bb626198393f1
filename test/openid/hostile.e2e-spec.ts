import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';

const now = Math.floor(Date.now() / 1_000);

let provider: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await HostileProvider.start();
  const { issuer } = provider;
  bff = await startBff({ oidc: { console: oidcOf(provider) } });
  const identity = { issuer, subject: 'subject' };
  await bff.apply({ users: [{ email: 'subject@acme.example', name: 'Sub Ject', identity }] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});
afterEach(() => {
  provider.misdeed = {};
});

async function signIn(browser: Browser): Promise<Answer> {
  return followCallback(browser, provider.authorize(await beginLogin(browser)));
}

it('a correct response of the same provider signs its user in', async () => {
  expect((await signIn(bff.browser())).status).toBe(302);
});

describe('an ID token (AUT-02)', () => {
  it.each<[what: string, misdeed: Misdeed]>([
    ['of another issuer', { claims: { iss: 'https://elsewhere.test' } }],
    ['without an issuer', { claims: { iss: undefined } }],
    ['for another audience', { claims: { aud: 'another-client' } }],
    [
      'for this client and others, authorised for another',
      { claims: { aud: ['bff', 'other'], azp: 'other' } },
    ],
    ['without an audience', { claims: { aud: undefined } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { iat: now - 600, exp: now - 300 } }],
    ['that never expires', { claims: { exp: undefined } }],
    ['that was never issued', { claims: { iat: undefined } }],
    ['that is not valid yet', { claims: { nbf: now + 3_600 } }],
    ['from the future', { claims: { iat: now + 3_600, exp: now + 7_200 } }],
    ['from long ago', { claims: { iat: now - 3_600 } }],
    ['for this client, authorised for another', { claims: { azp: 'other' } }],
    ['with a subject of control characters', { claims: { sub: 'sub\0ject' } }],
    ['with a subject of more than 255 characters', { claims: { sub: 'x'.repeat(256) } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['with an empty subject', { claims: { sub: '' } }],
    ['with a number for a subject', { claims: { sub: 7 } }],
    ['that is not signed', { signature: 'none' }],
    ['that is not signed, in another case', { signature: 'none', header: { alg: 'nOnE' } }],
    ['signed with an unpublished key', { signature: 'unknown key' }],
    ['signed with a key of an unknown id', { header: { kid: 'elsewhere' } }],
    ['with a MAC under the client secret', { signature: 'HS256 with the client secret' }],
    ['with a MAC under the public key', { signature: 'HS256 with the public key' }],
  ])('%s is rejected', async (_, misdeed) => {
    provider.misdeed = misdeed;
    const browser = bff.browser();
    expectProblem(await signIn(browser), 401, 'bff_invalid_credentials');
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
  });
});

describe('a callback', () => {
  it.each<[what: string, callback: NonNullable<Misdeed['callback']>, status: number, code: string]>([
    ['of another issuer (RFC 9207)', { iss: 'https://elsewhere.test' }, 401, 'bff_invalid_credentials'],
    ['without the announced issuer', { iss: null }, 401, 'bff_invalid_credentials'],
    ['without a code', { code: null }, 401, 'bff_invalid_credentials'],
    ['with another state', { state: 'x'.repeat(43) }, 400, 'bff_invalid_input'],
    ['with a code that was never issued', { code: 'made-up' }, 401, 'bff_invalid_credentials'],
    ['with an error and a code', { error: 'access_denied' }, 401, 'bff_invalid_credentials'],
    ['of an unavailable provider', { error: 'temporarily_unavailable' }, 503, 'bff_upstream_unavailable'],
  ])('%s does not sign in', async (_, callback, status, code) => {
    provider.misdeed = { callback };
    const browser = bff.browser();
    expectProblem(await signIn(browser), status, code);
    expect(browser.cookies.has('__Host-bff-session')).toBe(false);
  });

  it('with the code of another browser does not sign in', async () => {
    const [thief, owner] = [bff.browser(), bff.browser()];
    const stolen = new URL(provider.authorize(await beginLogin(owner)));
    const own = new URL(provider.authorize(await beginLogin(thief)));
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    // PKCE binds the code to the browser that began the sign-in.
    expectProblem(await followCallback(thief, own.href), 401, 'bff_invalid_credentials');
    expectProblem(await followCallback(owner, stolen.href), 401, 'bff_invalid_credentials');
  });
});

describe('a token endpoint', () => {
  it.each<[what: string, tokenAnswer: NonNullable<Misdeed['tokenAnswer']>, status: number, code: string]>([
    ['whose response is lost', 'lost', 503, 'bff_upstream_unavailable'],
    ['that is unavailable', { status: 503, body: '{}' }, 503, 'bff_upstream_unavailable'],
    [
      'that rejects the client',
      { status: 401, body: '{"error":"invalid_client"}' },
      502,
      'bff_upstream_invalid_response',
    ],
    ['whose response is not JSON', { status: 200, body: '<p>Hello' }, 502, 'bff_upstream_invalid_response'],
    [
      'whose response is longer than its limit',
      { status: 200, body: JSON.stringify({ a: 'a'.repeat(300_000) }) },
      502,
      'bff_upstream_invalid_response',
    ],
    [
      'that compresses 50 MB into a few bytes',
      { status: 200, body: `[${'{},'.repeat(16_000_000)}{}]`, gzip: true },
      502,
      'bff_upstream_invalid_response',
    ],
    [
      'that issues no ID token',
      { status: 200, body: '{"access_token":"x","token_type":"Bearer"}' },
      401,
      'bff_invalid_credentials',
    ],
  ])('%s fails the sign-in, and the next one succeeds', async (_, tokenAnswer, status, code) => {
    provider.misdeed = { tokenAnswer };
    const browser = bff.browser();
    expectProblem(await signIn(browser), status, code);
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
    provider.misdeed = {};
    expect((await signIn(browser)).status).toBe(302);
  });
});

it('invalid metadata of a provider are fetched again at the next sign-in', async () => {
  const fickle = await HostileProvider.start();
  fickle.metadata = { token_endpoint: `${fickle.issuer}/elsewhere` };
  const other = await startBff({ oidc: { console: oidcOf(fickle, { unknownSubjects: 'create' }) } });
  const signInAgain = async (): Promise<Answer> => {
    const browser = other.browser();
    return followCallback(browser, fickle.authorize(await beginLogin(browser)));
  };
  try {
    expectProblem(await signInAgain(), 502, 'bff_upstream_invalid_response');
    fickle.metadata = {};
    expect((await signInAgain()).status).toBe(302);
  } finally {
    await other.close();
    await fickle.close();
  }
});

it('a provider that requires pushed authorization requests gets one, and the browser only its request_uri (RFC 9126)', async () => {
  const pushing = await HostileProvider.start();
  pushing.metadata = { require_pushed_authorization_requests: true };
  const other = await startBff({ oidc: { console: oidcOf(pushing) } });
  try {
    const identity = { issuer: pushing.issuer, subject: 'subject' };
    await other.apply({ users: [{ email: 'subject@acme.example', name: 'Sub Ject', identity }] });
    const browser = other.browser();
    const address = await beginLogin(browser);
    expect([...new URL(address).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    expect((await followCallback(browser, pushing.authorize(address))).status).toBe(302);
  } finally {
    await other.close();
    await pushing.close();
  }
});
