import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

const jwt = (lifetimeSeconds: number): string => {
  const claims = { exp: Math.floor(bff.now() / 1_000) + lifetimeSeconds };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
};

it.each<[name: string, token: () => object, seconds: number]>([
  ['in expires_in as a string of digits', () => ({ access_token: 'a', expires_in: '120' }), 120],
  ['in the exp claim if expires_in is missing', () => ({ access_token: jwt(200) }), 200],
  ['of 300 s if both are missing', () => ({ access_token: 'b' }), 300],
])('a token has the lifetime %s', async (name, token, seconds) => {
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${name.length}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
  bff.sinch.reset();
  const answer = token();
  const tokens = bff.sinch.tokens.production;
  tokens.answer(() => ({ body: { token_type: 'bearer', ...answer } }));
  // A renewal in the background begins in the second half of the lifetime.
  await perform(browser, 'account.get');
  bff.turnClock((seconds / 2 - 2) * 1_000);
  await perform(browser, 'account.get');
  expect(tokens.requests).toHaveLength(1);
  bff.turnClock((seconds / 2 + 2) * 1_000);
  expect((await perform(browser, 'account.get')).status).toBe(200);
  expect(tokens.requests).toHaveLength(2);
  expect(bff.sinch.production.requests).toHaveLength(3);
});
