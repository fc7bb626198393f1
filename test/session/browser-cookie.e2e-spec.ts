import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import {
  asNavigation,
  beginLogin,
  client,
  followCallback,
  oidcOf,
  personOf,
} from '../support/openid/signing-in.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const SESSION = '__Host-bff-session';
const BROWSER = '__Host-bff-browser';
const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  const oidc = oidcOf(provider);
  bff = await startBff({ oidc: { console: oidc, admin: oidc } });
  await bff.apply({
    users: [
      personOf(provider, 'boss', { role: 'admin' }),
      personOf(provider, 'ada', { memberships: [{ tenant: 'acme', role: 'editor' }] }),
    ],
  });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});
afterEach(() => bff.sinch.reset());

const cookieOf = ({ cookies }: Browser, name: string): string => cookies.get(name) ?? '';

/** Another client that sends one cookie of a browser. */
function copyOf(browser: Browser, frontend: FrontendName, name = SESSION): Browser {
  const copy = bff.browser(frontend);
  copy.setCookie(name, cookieOf(browser, name));
  return copy;
}

/** A browser that follows a link or a redirect of another site sends only its Lax cookies. */
function openFromElsewhere(browser: Browser, address: string): Promise<Answer> {
  const { pathname, search } = new URL(address, 'https://elsewhere.test');
  const lax = [...browser.cookies].filter(([name]) => name !== SESSION);
  const cookie = lax.map((pair) => pair.join('=')).join('; ') || undefined;
  return browser.get(pathname + search, undefined, { ...asNavigation, cookie });
}

/** A sign-in at the provider that a link on another site begins. */
async function signInByLink(browser: Browser, subject: string): Promise<Answer> {
  const { headers } = await openFromElsewhere(browser, '/session/login');
  return openFromElsewhere(browser, await provider.userAgent().visit(headers.location ?? '', subject));
}

const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/session')).status;

describe('a provider sign-in that a link on another site begins', () => {
  it('ends the earlier session of the browser and its elevation', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    const old = copyOf(browser, 'admin');
    bff.sinch['admin-production'].answer({ body: account });
    expect((await old.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    bff.sinch.reset();

    expect((await signInByLink(browser, 'boss')).status).toBe(302);

    expectProblem(await old.get('/session'), 401, 'bff_session_required');
    expectProblem(await old.get('/v1/tenants/summit/whatsapp'), 401, 'bff_session_required');
    expect((await browser.get('/session')).json).toMatchObject({
      user: { email: 'boss@acme.example' },
      elevation: null,
    });
    expectProblem(await browser.get('/v1/tenants/summit/whatsapp'), 403, 'bff_elevation_required');
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('does not end the sessions of other browsers and other frontends', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    const elsewhere = await bff.signedIn(the.admin, 'admin');
    const onConsole = bff.browser('console');
    // Browsers do not send the cookie of one host to another; other clients may.
    onConsole.setCookie(BROWSER, cookieOf(browser, BROWSER));
    await onConsole.signIn(the.admin);
    expect(await statusOf(browser)).toBe(200);
    await signInByLink(browser, 'boss');
    expect(await statusOf(elsewhere)).toBe(200);
    expect(await statusOf(onConsole)).toBe(200);
  });

  it('ends nothing when it fails', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    expectProblem(await signInByLink(browser, 'nobody-known'), 401, 'bff_invalid_credentials');
    expect(await statusOf(browser)).toBe(200);
  });
});

describe('sign-ins in several tabs leave one session', () => {
  it('when all five callbacks arrive at the same time (AUT-06)', async () => {
    const browser = bff.browser();
    const addresses = await Promise.all(Array.from({ length: 5 }, () => beginLogin(browser)));
    // The provider revokes the unused code of a browser when it issues another one to it.
    const visits = addresses.map((address) => provider.userAgent().visit(address, 'ada'));
    const callbacks = await Promise.all(visits);
    const answers = await Promise.all(callbacks.map((callback) => openFromElsewhere(browser, callback)));
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302, 302]);
    const tickets = answers.map(
      ({ headers }) => /bff-session=([\w-]+)/.exec(String(headers['set-cookie']))?.[1],
    );
    const statuses: number[] = [];
    for (const ticket of tickets) {
      const copy = bff.browser();
      copy.setCookie(SESSION, ticket ?? '');
      statuses.push(await statusOf(copy));
    }
    expect(statuses.sort()).toEqual([200, 401, 401, 401, 401]);
    const listed = (await browser.get('/sessions')).json as { readonly sessions: readonly object[] };
    expect(listed.sessions).toHaveLength(1);
    expect([...browser.cookies.keys()].sort()).toEqual([BROWSER, SESSION]);
  });

  it('when one tab signs in by password while another is at the provider', async () => {
    const browser = bff.browser();
    const address = await beginLogin(browser);
    await browser.signIn(the.editor);
    const byPassword = copyOf(browser, 'console');
    const callback = await provider.userAgent().visit(address, 'ada');
    expect((await openFromElsewhere(browser, callback)).status).toBe(302);
    expect(await statusOf(byPassword)).toBe(401);
    const atProvider = copyOf(browser, 'console');

    await browser.signIn(the.editor);
    expect(await statusOf(atProvider)).toBe(401);
  });

  it('when the browser lost one of its two cookies', async () => {
    const withoutBrowser = await bff.signedIn(the.editor);
    const first = copyOf(withoutBrowser, 'console');
    withoutBrowser.cookies.delete(BROWSER);
    await withoutBrowser.signIn(the.editor);
    expect(await statusOf(first)).toBe(401);

    const second = copyOf(withoutBrowser, 'console');
    withoutBrowser.cookies.delete(SESSION);
    await withoutBrowser.signIn(the.editor);
    expect(await statusOf(second)).toBe(401);
  });
});

describe('the browser cookie', () => {
  const line = /^__Host-bff-browser=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/;
  const linesOf = ({ headers }: Answer): readonly string[] =>
    (headers['set-cookie'] ?? []).filter((cookie) => cookie.startsWith(BROWSER));

  it('is set when a sign-in begins or completes, and then kept (SES-02)', async () => {
    const [byPassword, atProvider] = [bff.browser(), bff.browser()];
    expect(linesOf(await byPassword.signIn(the.editor))).toEqual([expect.stringMatching(line)]);
    expect(linesOf(await byPassword.signIn(the.editor))).toEqual([]);
    const begun = await openFromElsewhere(atProvider, '/session/login');
    expect(linesOf(begun)).toEqual([expect.stringMatching(line)]);
    const callback = await provider.userAgent().visit(begun.headers.location ?? '', 'ada');
    expect(linesOf(await followCallback(atProvider, callback))).toEqual([]);
  });

  it.each<[what: string, cookie: (value: string) => string]>([
    ['malformed', (value) => `${BROWSER}=${value}x`],
    ['repeated', (value) => `${BROWSER}=${value}; ${BROWSER}=${value}`],
  ])('that is %s counts as absent', async (_, cookie) => {
    const browser = await bff.signedIn(the.editor);
    const { email, password } = the.editor;
    const headers = { cookie: cookie(cookieOf(browser, BROWSER)) };
    const answer = await bff.browser().post('/session', { email, password }, headers);
    expect(linesOf(answer)).toEqual([expect.stringMatching(line)]);
    expect(await statusOf(browser)).toBe(200);
  });

  it('is not set by a sign-in that fails', async () => {
    const answer = await bff.browser().post('/session', { email: the.editor.email, password: 'wrong' });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('grants nothing, neither by itself nor as the value of the session cookie', async () => {
    const browser = await bff.signedIn(the.editor);
    const browserCookieOnly = copyOf(browser, 'console', BROWSER);
    expectProblem(await browserCookieOnly.get('/v1/tenants/acme/whatsapp'), 401, 'bff_session_required');
    const asSession = bff.browser();
    asSession.setCookie(SESSION, cookieOf(browser, BROWSER));
    expectProblem(await asSession.get('/session'), 401, 'bff_session_required');
    expect(bff.sinch.all.requests).toEqual([]);
    expect(await statusOf(browser)).toBe(200);
  });
});
