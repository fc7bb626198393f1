import { ConfigurationError, loadConfig } from '@bff/config';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply, type CompleteReply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const BASIC = `Basic ${Buffer.from('harbour-key:harbour-canary-secret').toString('base64')}`;
const expired: CompleteReply = { status: 401, headers: { 'www-authenticate': 'Bearer error="expired"' } };
const asksForBasic: CompleteReply = { status: 401, headers: { 'www-authenticate': 'Basic realm="api"' } };

let bff: Bff;
let browser: Browser;
let changes = 0;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
/** Acme gets new credentials, which have neither a token nor a cool-down. */
beforeEach(async () => {
  bff.sinch.reset();
  changes += 1;
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${changes}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
  browser = await bff.signedIn(the.editor);
});

const tokenRequests = (): readonly unknown[] =>
  Object.values(bff.sinch.tokens).flatMap(({ requests }) => requests);

describe('a tenant with HTTP Basic credentials', () => {
  it.each<[name: string, reply: CompleteReply]>([
    ['says that the token has expired', expired],
    ['asks for Basic', asksForBasic],
    ['has no challenge', { status: 401 }],
  ])('sends them once and to its own server, also if the 401 %s (CRD-08, CRD-11)', async (_, reply) => {
    bff.sinch.staging.answer(reply);
    const answer = await perform(browser, 'account.get', 'harbour');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.staging.requests.map(({ headers }) => headers.authorization)).toEqual([BASIC]);
    expect(tokenRequests()).toEqual([]);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])(
    'does not send them to the target of a redirect with %i (CRD-11)',
    async (status) => {
      const location = `${bff.sinch.production.url}/v1/projects/x/whatsapp`;
      bff.sinch.staging.answer({ status, headers: { location } });
      expect((await perform(browser, 'account.get', 'harbour')).status).toBe(502);
      expect(bff.sinch.staging.requests).toHaveLength(1);
      expect(bff.sinch.allBut('staging').requests).toEqual([]);
    },
  );
});

describe('a tenant with OAuth2 credentials', () => {
  it.each<[name: string, reply: Reply]>([
    ['rejects them', { status: 401, body: { error: 'invalid_client' } }],
    ['does not support the grant', { status: 400, body: { error: 'unsupported_grant_type' } }],
    ['limits the rate', { status: 429, headers: { 'retry-after': '1' } }],
    ['fails', { status: 500 }],
    ['closes the connection', { raw: '', then: 'destroy' }],
    ['issues no token', { body: { token_type: 'bearer' } }],
  ])('never sends them to the API server if the token endpoint %s (CRD-11)', async (_, reply) => {
    bff.sinch.tokens.production.answer(reply);
    for (const title of ['account.get', 'account.delete'] as const) {
      expect((await perform(browser, title)).status).toBeGreaterThanOrEqual(429);
    }
    expect(bff.sinch.tokens.production.requests.length).toBeGreaterThan(0);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('never sends them to an API server that asks for Basic (CRD-11)', async () => {
    bff.sinch.production.answer(asksForBasic);
    expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Bearer token-production-acme-key-\d+-\d+$/),
    ]);
  });

  it('sends a token until the scheme of its credentials changes, then Basic', async () => {
    await perform(browser, 'account.get');
    const credentials = { scheme: 'basic', keyId: 'acme-basic', keySecret: 'canary' };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    await perform(browser, 'account.get');
    const pair = Buffer.from('acme-basic:canary').toString('base64');
    expect(bff.sinch.production.requests.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Bearer /),
      `Basic ${pair}`,
    ]);
    const route = await browser.get('/v1/tenants/acme/route');
    expect(route.json).toMatchObject({ credential: { scheme: 'basic', keyId: 'acme-basic' } });
  });
});

it('profile production rejects every plain http address to which credentials would be sent (CRD-11)', () => {
  const addresses = bff.sinch.environment();
  let problems: readonly string[] = [];
  try {
    loadConfig({ ...addresses, BFF_PROFILE: 'production' });
  } catch (error) {
    if (error instanceof ConfigurationError) problems = error.problems;
  }
  const expected = Object.keys(addresses).map((name) => `${name}: must be https in profile production`);
  expect(expected).toHaveLength(12);
  expect(problems).toEqual(expect.arrayContaining(expected));
});
