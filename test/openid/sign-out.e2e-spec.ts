import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';

const SIGNED_OUT = 'https://www.bff.test/signed-out?from=console';

let provider: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await HostileProvider.start();
  provider.metadata = { end_session_endpoint: `${provider.issuer}/end` };
  const lenient = oidcOf(provider, { acceptUntypedLogoutTokens: true, postLogoutRedirectUri: SIGNED_OUT });
  bff = await startBff({ oidc: { console: lenient, partners: oidcOf(provider) } });
  await bff.apply({ users: [personOf(provider, 'subject')] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});
afterEach(() => {
  provider.misdeed = {};
});

/** Time of the service in seconds since the epoch; only tests advance its clock. */
const seconds = (): number => Math.floor(bff.now() / 1_000);
const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/session')).status;

function post(token: string, frontend: FrontendName): Promise<Answer> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-csrf': undefined,
    origin: undefined,
  };
  const rawBody = new URLSearchParams({ logout_token: token }).toString();
  return bff.browser(frontend).request('POST', '/session/backchannel-logout', { rawBody, headers });
}

/** Signs in with an ID token that was issued at the given time. */
async function signIn(browser: Browser, issuedAt?: number): Promise<Answer> {
  const address = await beginLogin(browser);
  provider.misdeed = issuedAt === undefined ? {} : { claims: { iat: issuedAt } };
  const answer = await followCallback(browser, provider.authorize(address));
  provider.misdeed = {};
  return answer;
}

async function signedIn(frontend: FrontendName): Promise<Browser> {
  const browser = bff.browser(frontend);
  expect((await signIn(browser)).status).toBe(302);
  return browser;
}

describe('the logout address of the provider', () => {
  it.each<[frontend: FrontendName, returnsTo: string]>([
    ['partners', 'https://partners.bff.test'],
    ['console', SIGNED_OUT],
  ])('names the client and the return address of %s', async (frontend, returnsTo) => {
    const { endSessionUrl } = (await (await signedIn(frontend)).delete('/session')).json as {
      readonly endSessionUrl: string;
    };
    const url = new URL(endSessionUrl);
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/end`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'bff',
      post_logout_redirect_uri: returnsTo,
    });
  });
});

describe('a logout token of a general type', () => {
  const types: readonly [what: string, typ: unknown][] = [
    ['JWT', 'JWT'],
    ['application/jwt', 'application/jwt'],
    ['no type', undefined],
  ];
  // Issued in an earlier second than the sign-ins of the following tests.
  const tokenOf = (claims: object, misdeed: Misdeed): Promise<string> =>
    provider.logoutToken({ sub: 'subject', iat: seconds() - 30, ...claims }, misdeed);

  it.each(types)('(%s) ends sessions where the configuration accepts it (SES-21)', async (_, typ) => {
    const browser = await signedIn('console');
    expect((await post(await tokenOf({}, { header: { typ } }), 'console')).status).toBe(200);
    expect(await statusOf(browser)).toBe(401);
  });

  it.each(types)('(%s) ends nothing where the configuration does not accept it', async (_, typ) => {
    const browser = await signedIn('partners');
    expectProblem(await post(await tokenOf({}, { header: { typ } }), 'partners'), 400, 'bff_invalid_input');
    expect(await statusOf(browser)).toBe(200);
  });

  it.each<[what: string, claims: object, misdeed: Misdeed]>([
    ['an ID token: a nonce', { nonce: 'x' }, {}],
    ['an ID token: no event', { events: undefined }, {}],
    ['a token of another type', {}, { header: { typ: 'at+jwt' } }],
    ['a token for another client', { aud: 'another' }, {}],
    ['a token that was issued long ago', { iat: Math.floor(Date.now() / 1_000) - 300 }, {}],
    ['a token without a signature', {}, { signature: 'none' }],
    ['a token signed with an unknown key', {}, { signature: 'unknown key' }],
  ])('is rejected if it is %s, although general types are accepted', async (_, claims, misdeed) => {
    const browser = await signedIn('console');
    const token = await tokenOf(claims, { ...misdeed, header: { typ: 'JWT', ...misdeed.header } });
    expectProblem(await post(token, 'console'), 400, 'bff_invalid_input');
    expect(await statusOf(browser)).toBe(200);
  });

  it.each(['not a token', 'a.b.c', `${Buffer.from('{').toString('base64url')}.e30.x`])(
    'is rejected if it cannot be parsed: %s',
    async (token) => {
      expectProblem(await post(token, 'console'), 400, 'bff_invalid_input');
    },
  );
});

describe('a logout that is delivered before the callback of its sign-in', () => {
  it('in the second in which the ID token was issued leaves no session', async () => {
    const second = seconds();
    expect((await post(await provider.logoutToken({ sub: 'subject', iat: second }), 'partners')).status).toBe(
      200,
    );
    const [same, later] = [bff.browser('partners'), bff.browser('partners')];
    expectProblem(await signIn(same, second), 401, 'bff_invalid_credentials');
    expect(same.cookies.has('__Host-bff-session')).toBe(false);
    expect((await signIn(later, second + 1)).status).toBe(302);
  });

  it('takes effect although an earlier logout is delivered after it', async () => {
    const second = seconds() + 5;
    for (const iat of [second, second - 60]) {
      expect((await post(await provider.logoutToken({ sub: 'subject', iat }), 'partners')).status).toBe(200);
    }
    expectProblem(await signIn(bff.browser('partners'), second - 1), 401, 'bff_invalid_credentials');
  });
});
