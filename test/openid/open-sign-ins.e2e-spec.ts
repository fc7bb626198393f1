import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
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
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const BROWSER = '__Host-bff-browser';
/** Sign-ins that one address may begin in ten minutes; see login-transactions.ts. */
const LIMIT = 200;

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  // Every connection of the tests comes from the proxy 127.0.0.1; X-Forwarded-For names the client.
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

/** Begins a sign-in. @returns a function that completes it, to be called once */
async function begun(browser: Browser, address: string): Promise<() => Promise<Answer>> {
  const { location = '' } = (await begin(browser, address)).headers;
  return async () => followCallback(browser, await provider.userAgent().visit(location, 'ada'));
}

/** Begins sign-ins without cookies until the address is at its limit. @returns the first rejection */
async function flood(addressOf: (index: number) => string): Promise<Answer> {
  const without = bff.browser();
  for (let index = 0; index <= LIMIT; index += 1) {
    without.cookies.clear();
    const answer = await begin(without, addressOf(index));
    if (answer.status !== 302) return answer;
  }
  throw new Error('No sign-in was rejected');
}

describe('numerous sign-ins of one address (AUT-12)', () => {
  it('are rejected beyond its limit and void no open sign-in', async () => {
    const [first, elsewhere] = [bff.browser(), bff.browser()];
    const [finish, finishElsewhere] = [
      await begun(first, '203.0.113.9'),
      await begun(elsewhere, '198.51.100.7'),
    ];
    bff.turnClock(60_000);
    const rejection = await flood(() => '203.0.113.9');
    expectProblem(rejection, 503, 'bff_overloaded');
    // The oldest was begun a minute ago.
    expect(rejection.headers['retry-after']).toBe('540');
    expect(rejection.headers['set-cookie']).toBeUndefined();
    expect((await begin(bff.browser(), '198.51.100.7')).status).toBe(302);
    expect((await finish()).status).toBe(302);
    expect((await finishElsewhere()).status).toBe(302);
    expectProblem(await begin(bff.browser(), '203.0.113.9'), 503, 'bff_overloaded');
  });

  it('do not limit a browser with a session, which may have five of its own', async () => {
    const known = await bff.signedIn(the.editor);
    const other = bff.browser();
    other.setCookie(BROWSER, known.cookies.get(BROWSER) ?? '');
    const finish = await begun(known, '203.0.113.9');
    // A client with only the browser cookie takes the other four places and voids no sign-in.
    for (let open = 1; open < 5; open += 1) {
      expect((await begin(other, '203.0.113.9')).status).toBe(302);
    }
    other.cookies.clear();
    other.setCookie(BROWSER, known.cookies.get(BROWSER) ?? '');
    expectProblem(await begin(other, '203.0.113.9'), 503, 'bff_overloaded');
    expect((await finish()).status).toBe(302);
  });

  it('count an IPv6 address by its /64', async () => {
    const rejection = await flood((index) => `2001:db8:0:7::${index.toString(16)}`);
    expectProblem(rejection, 503, 'bff_overloaded');
    expect((await begin(bff.browser(), '2001:db8:0:8::1')).status).toBe(302);
  });

  it('are accepted again after ten minutes', async () => {
    bff.turnClock(10 * 60_000);
    expect((await begin(bff.browser(), '203.0.113.9')).status).toBe(302);
  });
});

describe('a path too long for the cookie', () => {
  it('is the target of the sign-in, with a short cookie', async () => {
    const browser = bff.browser();
    const returnTo = '/'.padEnd(255, 'x');
    const address = await beginLogin(browser, returnTo);
    const [value = ''] = [...browser.cookies].flatMap(([name, held]) =>
      name.startsWith('__Host-bff-login-') ? [held] : [],
    );
    expect(value).toMatch(/^[\w-]{43}$/);
    const answer = await followCallback(browser, await provider.userAgent().visit(address, 'ada'));
    expect(answer.headers.location).toBe(returnTo);
  });

  it('counts like a sealed one among the five sign-ins of its browser, of which the oldest is dropped', async () => {
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
    expectProblem(await followCallback(browser, await callbackOf(first)), 400, 'bff_invalid_input');
    expect((await followCallback(browser, await callbackOf(second))).status).toBe(302);
  });
});
