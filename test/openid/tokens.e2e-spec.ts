import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { ACR_ELEVATED } from '../support/openid/certified-provider.js';
import { HostileProvider } from '../support/openid/hostile-provider.js';
import { followCallback, oidcOf, open, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';

let provider: HostileProvider;
let bff: Bff;
let browser: Browser;
let answers: Answer[];
beforeAll(async () => {
  provider = await HostileProvider.start();
  provider.metadata = { end_session_endpoint: `${provider.issuer}/end` };
  const oidc = oidcOf(provider, { acrElevated: ACR_ELEVATED });
  bff = await startBff({ oidc: { console: oidc, admin: oidc } });
  const memberships = [{ tenant: 'acme', role: 'editor' }];
  await bff.apply({ users: [personOf(provider, 'subject', { role: 'admin', memberships })] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});
beforeEach(() => {
  answers = [];
  browser = bff.browser('admin');
});
afterEach(() => {
  provider.misdeed = {};
});

async function received(answer: Promise<Answer>, status: number): Promise<Answer> {
  answers.push(await answer);
  expect((await answer).status).toBe(status);
  return answer;
}

async function signIn(status = 302): Promise<void> {
  const { headers } = await received(open(browser, '/session/login?returnTo=/app'), 302);
  await received(followCallback(browser, provider.authorize(headers.location ?? '')), status);
}

/** Complete tokens, and each part of those with several parts. */
function expectNoTokens(): void {
  const upstream = bff.sinch.production.requests.map(({ headers }) => headers.authorization ?? '');
  const tokens = [...provider.issuedTokens, ...upstream.map((value) => value.replace('Bearer ', ''))];
  expect(provider.issuedTokens.length).toBeGreaterThan(0);
  const cookies = [...browser.cookies].flat().join('\n');
  const said = [cookies, ...answers.flatMap(({ rawHeaders, text }) => [...rawHeaders, text])].join('\n');
  for (const part of tokens.flatMap((token) => [token, ...token.split('.')])) {
    expect(said).not.toContain(part);
  }
}

it('no response and no cookie contains a token of the provider or of the upstream (AUT-09)', async () => {
  await signIn();
  for (const path of ['/session', '/sessions', '/v1/tenants', '/v1/admin/users', '/v1/admin/audit']) {
    await received(browser.get(path), 200);
  }
  const asked = await received(browser.post('/session/elevation', { reason: REASON, tenantId: 'acme' }), 202);
  const { authorizationUrl } = asked.json as { readonly authorizationUrl: string };
  provider.misdeed = { claims: { acr: ACR_ELEVATED } };
  await received(followCallback(browser, provider.authorize(authorizationUrl)), 302);
  await received(browser.get('/session'), 200);
  await received(browser.delete('/session'), 200);
  expectNoTokens();

  browser = bff.browser('console');
  provider.misdeed = {};
  await signIn();
  await received(browser.get('/v1/tenants/acme/whatsapp'), 200);
  bff.sinch.production.answer({
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
  await received(browser.get('/v1/tenants/acme/whatsapp'), 502);
  expect(bff.sinch.production.requests).toHaveLength(2);
  expectNoTokens();
});

it('the response to a sign-in that fails after the token request contains no token (AUT-09)', async () => {
  for (const claims of [{ nonce: 'another' }, { sub: 'nobody-known' }, { aud: 'another-client' }]) {
    provider.misdeed = { claims };
    await signIn(401);
  }
  expectNoTokens();
});
