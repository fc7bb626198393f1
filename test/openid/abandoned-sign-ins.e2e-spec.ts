import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { HostileProvider } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Maximum total size of the cookies of the service, in bytes. */
const MAX_COOKIES = 1_024;

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

const cookiesOf = ({ cookies }: Browser): string => [...cookies].map((pair) => pair.join('=')).join('; ');

/** Longest path that fits into a login cookie; longer ones are kept in the store. */
const LONGEST_IN_COOKIE = 33;

/**
 * Begins 40 sign-ins with paths of many lengths, and five with the longest cookies.
 * @returns the characters of the longest `Cookie` header
 */
async function abandonSignIns(browser: Browser): Promise<number> {
  const many = Array.from({ length: 40 }, (_, index) => (index % 10 === 9 ? 255 : index + 1));
  let longest = 0;
  for (const length of [...many, ...Array<number>(5).fill(LONGEST_IN_COOKIE)]) {
    bff.turnClock(1);
    await beginLogin(browser, '/'.padEnd(length, 'x'));
    longest = Math.max(longest, cookiesOf(browser).length);
  }
  return longest;
}

describe('a browser that abandons 45 sign-ins (SES-03)', () => {
  it('sends cookies of at most 1 KiB, before and after it signs in', async () => {
    const browser = bff.browser();
    expect(await abandonSignIns(browser)).toBeLessThanOrEqual(MAX_COOKIES);
    await browser.signIn(the.editor);
    expect(browser.cookies.size).toBe(7);
    const { length } = cookiesOf(browser);
    expect(length).toBeLessThanOrEqual(MAX_COOKIES);
    expect(length).toBeGreaterThan(1_000);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('sends cookies of at most 1 KiB when it has a session', async () => {
    const browser = await bff.signedIn(the.editor);
    expect(await abandonSignIns(browser)).toBeLessThanOrEqual(MAX_COOKIES);
    expect(browser.cookies.size).toBe(7);
    expect((await browser.get('/session')).status).toBe(200);
  });
});

it('of twelve sign-ins begun at the same time, five remain after the next one (SES-03)', async () => {
  const browser = bff.browser();
  await Promise.all(Array.from({ length: 12 }, () => beginLogin(browser)));
  expect(browser.cookies.size).toBeGreaterThan(5);
  bff.turnClock(1);
  const address = await beginLogin(browser);
  expect(browser.cookies.size).toBe(6);
  expect(cookiesOf(browser).length).toBeLessThanOrEqual(MAX_COOKIES);
  expect((await followCallback(browser, provider.authorize(address))).status).toBe(302);
});
