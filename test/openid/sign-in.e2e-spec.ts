import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type BrowserRequest } from '../support/browser.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import {
  asNavigation,
  beginLogin,
  client,
  comeBack,
  oidcOf,
  open,
  signInAt,
} from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  const { issuer } = provider;
  const oidc = oidcOf(provider);
  bff = await startBff({
    oidc: { console: oidc, partners: { ...oidc, unknownSubjects: 'create' }, admin: oidc },
  });
  const person = (subject: string, more: object = {}): object => ({
    ...{ email: `${subject}@acme.example`, name: subject, identity: { issuer, subject } },
    ...{ memberships: [{ tenant: 'acme', role: 'editor' }], ...more },
  });
  await bff.apply({
    users: [person('ada'), person('tabs'), person('boss', { role: 'admin' }), person('gone')],
  });
  await bff.disable('gone@acme.example');
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

interface SessionDocument {
  readonly id: string;
  readonly user: { readonly email: string; readonly name: string; readonly role: string };
  readonly tenants: readonly unknown[];
}

const documentOf = async (browser: Browser): Promise<SessionDocument> =>
  (await browser.get('/session')).json as SessionDocument;

const loginCookies = ({ cookies }: Browser): readonly string[] =>
  [...cookies.keys()].filter((name) => name.startsWith('__Host-bff-login'));

describe('signing in at the provider', () => {
  it('leads to the requested local path, with a session and without login cookies', async () => {
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

  it('asks with code, PKCE S256, state and nonce, from the one configured redirect address (AUT-01, AUT-08)', async () => {
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

  it('begun in five tabs succeeds in each of them and leaves one session (AUT-06)', async () => {
    const browser = bff.browser();
    const agent = provider.userAgent();
    const addresses = await Promise.all(Array.from({ length: 5 }, () => beginLogin(browser)));
    expect(loginCookies(browser)).toHaveLength(5);
    for (const address of addresses) {
      const answer = await comeBack(browser, await agent.visit(address, 'tabs'));
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
    expectProblem(await comeBack(browser, callback), 400, 'bff_invalid_input');
  });

  it('expires after ten minutes', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    bff.turnClock(10 * 60_000);
    expectProblem(await comeBack(browser, callback), 400, 'bff_invalid_input');
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
    expect((await comeBack(browser, callback)).status).toBe(302);
    expect(browser.cookies.get('__Host-bff-session')).not.toBe(foreign);
    expect((await other.get('/session')).status).toBe(401);
  });
});

describe('the user of a callback', () => {
  it.each(['nobody-known', 'gone'])('%s is rejected like any failed sign-in', async (subject) => {
    const browser = bff.browser();
    expectProblem(await signInAt(provider, browser, subject), 401, 'bff_invalid_credentials');
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
  });

  it('is not found by the address that the provider names (AUT-04)', async () => {
    provider.profiles.set('impostor', { email: the.editor.email, name: 'Ed Itor' });
    expectProblem(await signInAt(provider, bff.browser(), 'impostor'), 401, 'bff_invalid_credentials');
  });

  it('is created if the policy says so, without role or membership, and not under the address of another user', async () => {
    provider.profiles.set('fresh', { email: 'fresh@partner.example', name: 'Fre Sh' });
    provider.profiles.set('taker', { email: the.editor.email, name: 'Ta Ker' });
    const fresh = bff.browser('partners');
    expect((await signInAt(provider, fresh, 'fresh')).status).toBe(302);
    expect(await documentOf(fresh)).toMatchObject({
      user: { email: 'fresh@partner.example', name: 'Fre Sh', role: 'user' },
      tenants: [],
    });
    const taker = bff.browser('partners');
    expect((await signInAt(provider, taker, 'taker')).status).toBe(302);
    expect((await documentOf(taker)).user.email).toMatch(/\.invalid$/);
    expect((await signInAt(provider, bff.browser('partners'), 'fresh')).status).toBe(302);
  });

  it('never gets the record of the user to whom an operator gives the same address (AUT-04)', async () => {
    const ops = { email: 'ops@bff.example', name: 'Ops', password: 'ops-canary-password', role: 'admin' };
    provider.profiles.set('squatter', { email: ops.email, name: 'Ops' });
    const squatter = bff.browser('partners');
    expect((await signInAt(provider, squatter, 'squatter')).status).toBe(302);
    expect(await documentOf(squatter)).toMatchObject({ user: { email: ops.email, role: 'user' } });
    expect(await bff.apply({ users: [ops] })).toEqual({
      result: [{ record: `user ${ops.email}`, outcome: 'created' }],
    });
    expect(await documentOf(squatter)).toMatchObject({ user: { role: 'user' } });
    expect((await signInAt(provider, squatter, 'squatter')).status).toBe(302);
    expect(await documentOf(squatter)).toMatchObject({ user: { role: 'user' }, tenants: [] });
    expect(await documentOf(await bff.signedIn(ops))).toMatchObject({ user: { role: 'admin' } });
  });

  it('created by an earlier sign-in gets the record that an operator applies for the same identity', async () => {
    provider.profiles.set('early', { email: 'early@partner.example', name: 'Ear Ly' });
    const browser = bff.browser('partners');
    await signInAt(provider, browser, 'early');
    const { user } = await documentOf(browser);
    const record = {
      email: 'early@partner.example',
      name: 'Early',
      memberships: [{ tenant: 'acme', role: 'viewer' }],
    };
    const identity = { issuer: provider.issuer, subject: 'early' };
    expect(await bff.apply({ users: [{ ...record, identity }] })).toMatchObject({
      result: [{ record: 'user early@partner.example', outcome: 'updated' }, { outcome: 'created' }],
    });
    expect(await documentOf(browser)).toMatchObject({
      user: { ...user, name: 'Early' },
      tenants: [{ id: 'acme' }],
    });
    expect(await bff.operate('users.show', { email: record.email })).toMatchObject({ result: { identity } });
  });

  it('loses the session at a partner’s provider on becoming an admin', async () => {
    const browser = bff.browser('partners');
    expect((await signInAt(provider, browser, 'fresh')).status).toBe(302);
    const { user } = (await documentOf(browser)) as unknown as { readonly user: { readonly id: string } };
    await bff.operate('users.update', { email: user.id, changes: { role: 'admin' } });
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    await bff.operate('users.update', { email: user.id, changes: { role: 'user' } });
  });

  it('is never an admin at the provider of a partner frontend (ELV-09)', async () => {
    const browser = bff.browser('partners');
    expectProblem(await signInAt(provider, browser, 'boss'), 403, 'bff_role_required');
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
    expect((await signInAt(provider, bff.browser('admin'), 'boss')).status).toBe(302);
  });

  it('who cancels at the provider gets none of its error texts (AUT-07)', async () => {
    const browser = bff.browser();
    const answer = await signInAt(provider, browser, 'ada', { proof: { cancel: true } });
    const problem = expectProblem(answer, 401, 'bff_invalid_credentials');
    expect(JSON.stringify(problem)).not.toMatch(/access_denied|their mind/);
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
  });
});

describe('a user without a password', () => {
  it.each<[what: string, request: BrowserRequest]>([
    ['a valid body', { body: { current: 'x', new: 'a-new-canary-password' } }],
    ['a weak password', { body: { current: 'x', new: 'x' } }],
    ['an unknown member', { body: { unknown: 1 } }],
    ['another content type', { rawBody: 'x', headers: { 'content-type': 'text/plain' } }],
  ])('cannot change one with %s', async (_, request) => {
    const browser = bff.browser();
    await signInAt(provider, browser, 'ada');
    const answer = await browser.request('PUT', '/session/password', request);
    expectProblem(answer, 403, 'bff_role_required');
  });
});

describe('a callback', () => {
  it('is accepted once (AUT-05)', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    expect((await comeBack(browser, callback)).status).toBe(302);
    const session = browser.cookies.get('__Host-bff-session');
    expectProblem(await comeBack(browser, callback), 400, 'bff_invalid_input');
    expect(browser.cookies.get('__Host-bff-session')).toBe(session);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('whose state differs from that of its cookie voids the sign-in (AUT-05)', async () => {
    const browser = bff.browser();
    const callback = new URL(await provider.userAgent().visit(await beginLogin(browser), 'ada'));
    const cookies = [...browser.cookies];
    const state = callback.searchParams.get('state') ?? '';
    callback.searchParams.set('state', `${state.slice(0, 8)}${'x'.repeat(35)}`);
    expectProblem(await comeBack(browser, callback.href), 400, 'bff_invalid_input');
    for (const [name, value] of cookies) browser.setCookie(name, value);
    callback.searchParams.set('state', state);
    expectProblem(await comeBack(browser, callback.href), 400, 'bff_invalid_input');
  });

  it('from a provider on a host of the same site signs in (CSR-11)', async () => {
    const browser = bff.browser();
    const callback = new URL(await provider.userAgent().visit(await beginLogin(browser), 'ada'));
    const headers = { ...asNavigation, 'sec-fetch-site': 'same-site' };
    const { status } = await browser.get(callback.pathname + callback.search, undefined, headers);
    expect(status).toBe(302);
  });

  it('opened twice at the same time is accepted once', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    const [a, b] = await Promise.all([comeBack(browser, callback), comeBack(browser, callback)]);
    expect([a.status, b.status].sort()).toEqual([302, 400]);
  });

  it('of an attacker does not sign in the victim’s browser (CSR-11)', async () => {
    const attacker = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(attacker), 'ada');
    const victim = bff.browser();
    await beginLogin(victim);
    expectProblem(await comeBack(victim, callback), 400, 'bff_invalid_input');
    expect(victim.cookies.has('__Host-bff-session')).toBe(false);
  });

  it('with the state of another sign-in of the same browser is rejected', async () => {
    const browser = bff.browser();
    const agent = provider.userAgent();
    const [one, two] = [await beginLogin(browser), await beginLogin(browser)];
    const first = new URL(await agent.visit(one, 'ada'));
    const second = new URL(await agent.visit(two, 'ada'));
    first.searchParams.set('state', second.searchParams.get('state') ?? '');
    expectProblem(await comeBack(browser, first.href), 401, 'bff_invalid_credentials');
    expect(browser.cookies.has('__Host-bff-session')).toBe(false);
  });

  it.each([
    ['without anything', ''],
    ['without a state', '?code=x&iss=y'],
    ['with two states', '?code=x&state=a&state=b'],
    ['with the parameter __proto__', '?__proto__=x&state=a'],
  ])('%s is rejected with 400', async (_, query) => {
    expectProblem(await open(bff.browser(), `/session/callback${query}`), 400, 'bff_invalid_input');
  });

  it('on another frontend than that of its sign-in is rejected', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    const elsewhere = bff.browser('admin');
    for (const [name, value] of browser.cookies) elsewhere.setCookie(name, value);
    expectProblem(await comeBack(elsewhere, callback), 400, 'bff_invalid_input');
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
    const problem = expectProblem(await comeBack(waiting, callback), 503, 'bff_upstream_unavailable');
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
