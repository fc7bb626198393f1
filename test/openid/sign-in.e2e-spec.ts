import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import { beginLogin, client, followCallback, oidcOf, open, signInAt } from '../support/openid/signing-in.js';
import { documentOf, startWithProvider } from '../support/openid/start-with-provider.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  ({ provider, bff } = await startWithProvider());
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

const loginCookies = ({ cookies }: Browser): readonly string[] =>
  [...cookies.keys()].filter((name) => name.startsWith('__Host-bff-login'));

describe('signing in at the provider', () => {
  it('redirects to the requested local path, with a session and without login cookies', async () => {
    const browser = bff.browser();
    const answer = await signInAt(provider, browser, 'ada', { returnTo: '/accounts?tab=1#top' });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('/accounts?tab=1#top');
    expect(loginCookies(browser)).toEqual([]);
    expectNoSecrets(answer);
    expect((await documentOf(browser)).user.email).toBe('ada@acme.example');
    expect(answer.headers['set-cookie']).toContainEqual(
      expect.stringMatching(/^__Host-bff-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    );
  });

  it('uses the code flow with PKCE S256, state, nonce and the one configured redirect address (AUT-01, AUT-08)', async () => {
    const query = new URL(await beginLogin(bff.browser())).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      client_id: 'bff',
      response_type: 'code',
      scope: 'openid email profile',
      redirect_uri: 'https://console.bff.test/session/callback',
      state: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge_method: 'S256',
    });
  });

  it('sets one short-lived login cookie, which is Lax (SES-02)', async () => {
    const browser = bff.browser();
    const answer = await open(browser, '/session/login');
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-bff-login-[\w-]{8}=bff1\.k1\.[\w-]{1,128}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/,
      ),
      expect.stringMatching(/^__Host-bff-browser=/),
    ]);
  });

  it('begun in five tabs succeeds in each of them and results in one session (AUT-06)', async () => {
    const browser = bff.browser();
    const agent = provider.userAgent();
    const addresses = await Promise.all(Array.from({ length: 5 }, () => beginLogin(browser)));
    expect(loginCookies(browser)).toHaveLength(5);
    for (const address of addresses) {
      const answer = await followCallback(browser, await agent.visit(address, 'tabs'));
      expect(answer.status).toBe(302);
    }
    expect(loginCookies(browser)).toEqual([]);
    expect((await documentOf(browser)).user.email).toBe('tabs@acme.example');
    const { sessions } = (await browser.get('/sessions')).json as { readonly sessions: readonly unknown[] };
    expect(sessions).toHaveLength(1);
  });

  it('is voided when its browser begins a sixth: at most five are open (AUT-05, SES-03)', async () => {
    const browser = bff.browser();
    const first = await beginLogin(browser);
    for (let tab = 0; tab < 5; tab += 1) await beginLogin(browser);
    expect(loginCookies(browser)).toHaveLength(5);
    await browser.signIn(the.editor);
    const header = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    expect(browser.cookies.size).toBe(7);
    expect(header.length).toBeLessThan(1_024);
    const callback = await provider.userAgent().visit(first, 'ada');
    expectProblem(await followCallback(browser, callback), 400, 'bff_invalid_input');
  });

  it('expires after ten minutes', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    bff.turnClock(10 * 60_000);
    expectProblem(await followCallback(browser, callback), 400, 'bff_invalid_input');
  });

  it('ends the session from which it was begun, and never adopts its cookie', async () => {
    const browser = bff.browser();
    await signInAt(provider, browser, 'ada');
    const before = browser.cookies.get('__Host-bff-session') ?? '';
    const old = bff.browser();
    old.setCookie('__Host-bff-session', before);
    await signInAt(provider, browser, 'ada');
    expect(browser.cookies.get('__Host-bff-session')).not.toBe(before);
    expectProblem(await old.get('/session'), 401, 'bff_session_required');
  });

  it('ends the session whose cookie the callback carries, and never adopts it', async () => {
    const browser = bff.browser();
    const other = bff.browser();
    await other.signIn(the.editor);
    const foreign = other.cookies.get('__Host-bff-session') ?? '';
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    browser.setCookie('__Host-bff-session', foreign);
    expect((await followCallback(browser, callback)).status).toBe(302);
    expect(browser.cookies.get('__Host-bff-session')).not.toBe(foreign);
    expect((await other.get('/session')).status).toBe(401);
  });
});

describe('a returnTo that is not a local path (CSR-15)', () => {
  it.each([
    'https://elsewhere.test',
    '//elsewhere.test',
    '/.//elsewhere.test',
    '/x/..//elsewhere.test',
    '/%2e//elsewhere.test',
    '/..//..//elsewhere.test',
    '/\\elsewhere.test',
    '\\\\elsewhere.test',
    'accounts',
    '/a\r\nset-cookie: x=y',
    '/\t/elsewhere.test',
    '/a b',
    '',
    `/${'x'.repeat(2_048)}`,
    'javascript:alert(1)',
  ])('is rejected with 400: %j', async (returnTo) => {
    const answer = await open(bff.browser(), `/session/login?returnTo=${encodeURIComponent(returnTo)}`);
    expectProblem(answer, 400, 'bff_invalid_input');
  });

  it.each(['?returnTo=/a&returnTo=/b', '?return=/a'])(
    'is rejected with 400 in the query %s',
    async (query) => {
      expectProblem(await open(bff.browser(), `/session/login${query}`), 400, 'bff_invalid_input');
    },
  );
});

describe('a frontend without a provider', () => {
  it.each(['/session/login', '/session/callback', '/session/login?unknown=1'])('has no %s', async (path) => {
    expectProblem(await open(bff.browser('narrow'), path), 404, 'bff_route_not_found');
  });
});

describe('while the provider is unavailable', () => {
  it('sign-ins fail, sessions continue, and a later sign-in succeeds', async () => {
    const browser = bff.browser();
    await signInAt(provider, browser, 'ada');
    const waiting = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(waiting), 'ada');
    await provider.away();
    const problem = expectProblem(await followCallback(waiting, callback), 503, 'bff_upstream_unavailable');
    expect(problem).toMatchObject({ detail: expect.stringMatching(/identity provider/) as unknown });
    expect((await browser.get('/session')).status).toBe(200);
    expect((await browser.delete('/session')).status).toBeLessThan(300);
    await provider.back();
    expect((await signInAt(provider, waiting, 'ada')).status).toBe(302);
  });

  it('from the start of the service, sign-ins are rejected with 503 until it is available', async () => {
    const late = await CertifiedProvider.start([client]);
    await late.away();
    const other = await startBff({ oidc: { console: oidcOf(late) } });
    try {
      const answer = await open(other.browser(), '/session/login');
      expectProblem(answer, 503, 'bff_upstream_unavailable');
      expect((await other.signedIn(the.editor)).cookies.size).toBe(2);
      await late.back();
      await beginLogin(other.browser());
    } finally {
      await other.close();
      await late.close();
    }
  });
});

it('the service fetches the keys that a provider has rotated (AUT-03)', async () => {
  await signInAt(provider, bff.browser(), 'ada');
  await provider.rotateKeys();
  bff.turnClock(2_000);
  expect((await signInAt(provider, bff.browser(), 'ada')).status).toBe(302);
});
