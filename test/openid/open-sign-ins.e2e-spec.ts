import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import {
  asNavigation,
  beginLogin,
  client,
  comeBack,
  oidcOf,
  personOf,
} from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const BROWSER = '__Host-bff-browser';
/** Sign-ins that one address may begin in ten minutes; see login-transactions.ts. */
const ROOM = 200;

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  // Every connection of the tests comes from 127.0.0.1, the proxy; X-Forwarded-For says from whom.
  const environment = { BFF_TRUSTED_PROXIES: '127.0.0.0/8' };
  bff = await startBff({ environment, oidc: { console: oidcOf(provider) } });
  await bff.apply({ users: [personOf(provider, 'ada')] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

function begin(browser: Browser, address: string): Promise<Answer> {
  return browser.get('/session/login', undefined, { ...asNavigation, 'x-forwarded-for': address });
}

/** Opens a sign-in; gives the way back from the provider, to be gone once. */
async function begun(browser: Browser, address: string): Promise<() => Promise<Answer>> {
  const { location = '' } = (await begin(browser, address)).headers;
  return async () => comeBack(browser, await provider.userAgent().visit(location, 'ada'));
}

/** Begins sign-ins without cookies until the address may begin no more; gives the first answer that says so. */
async function flood(addressOf: (index: number) => string): Promise<Answer> {
  const without = bff.browser();
  for (let index = 0; index <= ROOM; index += 1) {
    without.cookies.clear();
    const answer = await begin(without, addressOf(index));
    if (answer.status !== 302) return answer;
  }
  throw new Error('There was room for all');
}

describe('sign-ins that one address begins without end (AUT-12)', () => {
  it('are refused beyond its limit, and void nobody’s open sign-in', async () => {
    const [first, elsewhere] = [bff.browser(), bff.browser()];
    const [finish, finishElsewhere] = [
      await begun(first, '203.0.113.9'),
      await begun(elsewhere, '198.51.100.7'),
    ];
    bff.turnClock(60_000);
    const refused = await flood(() => '203.0.113.9');
    expectProblem(refused, 503, 'bff_overloaded');
    // The oldest was begun a minute ago.
    expect(refused.headers['retry-after']).toBe('540');
    expect(refused.headers['set-cookie']).toBeUndefined();
    expect((await begin(bff.browser(), '198.51.100.7')).status).toBe(302);
    expect((await finish()).status).toBe(302);
    expect((await finishElsewhere()).status).toBe(302);
    expectProblem(await begin(bff.browser(), '203.0.113.9'), 503, 'bff_overloaded');
  });

  it('do not bind a browser that has a session: it has room for five of its own', async () => {
    const known = await bff.signedIn(the.editor);
    const stranger = bff.browser();
    stranger.setCookie(BROWSER, known.cookies.get(BROWSER) ?? '');
    const finish = await begun(known, '203.0.113.9');
    // Whoever knows the browser cookie alone takes the other four, and voids nothing.
    for (let open = 1; open < 5; open += 1) {
      expect((await begin(stranger, '203.0.113.9')).status).toBe(302);
    }
    stranger.cookies.clear();
    stranger.setCookie(BROWSER, known.cookies.get(BROWSER) ?? '');
    expectProblem(await begin(stranger, '203.0.113.9'), 503, 'bff_overloaded');
    expect((await finish()).status).toBe(302);
  });

  it('count an IPv6 address by its /64', async () => {
    const refused = await flood((index) => `2001:db8:0:7::${index.toString(16)}`);
    expectProblem(refused, 503, 'bff_overloaded');
    expect((await begin(bff.browser(), '2001:db8:0:8::1')).status).toBe(302);
  });

  it('are accepted again after ten minutes', async () => {
    bff.turnClock(10 * 60_000);
    expect((await begin(bff.browser(), '203.0.113.9')).status).toBe(302);
  });
});

describe('a path too long for the cookie', () => {
  it('is where the sign-in leads to, with a short cookie', async () => {
    const browser = bff.browser();
    const returnTo = '/'.padEnd(255, 'x');
    const address = await beginLogin(browser, returnTo);
    const [value = ''] = [...browser.cookies].flatMap(([name, held]) =>
      name.startsWith('__Host-bff-login-') ? [held] : [],
    );
    expect(value).toMatch(/^[\w-]{43}$/);
    const answer = await comeBack(browser, await provider.userAgent().visit(address, 'ada'));
    expect(answer.headers.location).toBe(returnTo);
  });

  it('counts among the five of its browser as a sealed one does, the oldest being dropped', async () => {
    const browser = bff.browser();
    const paths = ['/', `/${'x'.repeat(200)}`, '/', `/${'y'.repeat(200)}`, '/', '/'];
    const [first = '', second = ''] = await paths.reduce<Promise<string[]>>(async (begun, path) => {
      const addresses = await begun;
      bff.turnClock(1);
      return [...addresses, await beginLogin(browser, path)];
    }, Promise.resolve([]));
    const names = [...browser.cookies.keys()].filter((name) => name.startsWith('__Host-bff-login-'));
    expect(names).toHaveLength(5);
    const callbackOf = (address: string): Promise<string> => provider.userAgent().visit(address, 'ada');
    expectProblem(await comeBack(browser, await callbackOf(first)), 400, 'bff_invalid_input');
    expect((await comeBack(browser, await callbackOf(second))).status).toBe(302);
  });
});
