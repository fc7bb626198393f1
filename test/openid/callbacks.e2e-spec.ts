import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { type CertifiedProvider } from '../support/openid/certified-provider.js';
import { asNavigation, beginLogin, followCallback, open } from '../support/openid/signing-in.js';
import { startWithProvider } from '../support/openid/start-with-provider.js';
import { type Bff } from '../support/start-bff.js';

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  ({ provider, bff } = await startWithProvider());
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

describe('a callback', () => {
  it('is accepted once (AUT-05)', async () => {
    const browser = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(browser), 'ada');
    expect((await followCallback(browser, callback)).status).toBe(302);
    const session = browser.cookies.get('__Host-bff-session');
    expectProblem(await followCallback(browser, callback), 400, 'bff_invalid_input');
    expect(browser.cookies.get('__Host-bff-session')).toBe(session);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('whose state differs from that of its cookie voids the sign-in (AUT-05)', async () => {
    const browser = bff.browser();
    const callback = new URL(await provider.userAgent().visit(await beginLogin(browser), 'ada'));
    const cookies = [...browser.cookies];
    const state = callback.searchParams.get('state') ?? '';
    callback.searchParams.set('state', `${state.slice(0, 8)}${'x'.repeat(35)}`);
    expectProblem(await followCallback(browser, callback.href), 400, 'bff_invalid_input');
    for (const [name, value] of cookies) browser.setCookie(name, value);
    callback.searchParams.set('state', state);
    expectProblem(await followCallback(browser, callback.href), 400, 'bff_invalid_input');
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
    const [a, b] = await Promise.all([followCallback(browser, callback), followCallback(browser, callback)]);
    expect([a.status, b.status].sort()).toEqual([302, 400]);
  });

  it('of an attacker does not sign in the victim’s browser (CSR-11)', async () => {
    const attacker = bff.browser();
    const callback = await provider.userAgent().visit(await beginLogin(attacker), 'ada');
    const victim = bff.browser();
    await beginLogin(victim);
    expectProblem(await followCallback(victim, callback), 400, 'bff_invalid_input');
    expect(victim.cookies.has('__Host-bff-session')).toBe(false);
  });

  it('with the state of another sign-in of the same browser is rejected', async () => {
    const browser = bff.browser();
    const agent = provider.userAgent();
    const [one, two] = [await beginLogin(browser), await beginLogin(browser)];
    const first = new URL(await agent.visit(one, 'ada'));
    const second = new URL(await agent.visit(two, 'ada'));
    first.searchParams.set('state', second.searchParams.get('state') ?? '');
    expectProblem(await followCallback(browser, first.href), 401, 'bff_invalid_credentials');
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
    expectProblem(await followCallback(elsewhere, callback), 400, 'bff_invalid_input');
  });
});
