import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';

let bff: Bff;
let browser: Browser;
let tokens: TokenEndpoint;
beforeAll(async () => {
  bff = await startBff({ environment: { SINCH_STAGING_DEV_TOKEN_URL: await refusingUrl() } });
  browser = await bff.signedIn(the.editor);
  tokens = bff.sinch.tokens.production;
});
afterAll(() => bff.close());

let keys = 0;
beforeEach(async () => {
  bff.sinch.reset();
  keys += 1;
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${keys}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
});

async function refusingUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return `http://127.0.0.1:${address.port}/oauth2/token`;
}

const good = { access_token: 'canary-token', token_type: 'bearer', expires_in: 3600 };
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const rejected = [502, 'bff_upstream_credentials_rejected'] as const;
const invalid = [502, 'bff_upstream_invalid_response'] as const;
const unreachable = [502, 'bff_upstream_unreachable'] as const;
const limited = [429, 'bff_rate_limited'] as const;
const unavailable = [503, 'bff_upstream_unavailable'] as const;
const invalidClient: Reply = { status: 401, body: { error: 'invalid_client', error_description: 'canary' } };

describe('a token endpoint that issues no token', () => {
  it.each<[name: string, reply: Reply, expected: readonly [status: number, code: string]]>([
    ['invalid_client', invalidClient, rejected],
    ['invalid_client as 400', { status: 400, body: { error: 'invalid_client' } }, rejected],
    ['unauthorized_client', { status: 400, body: { error: 'unauthorized_client' } }, rejected],
    ['401 as HTML', { status: 401, headers: html, body: 'canary' }, rejected],
    ['401 that says expired', { status: 401, headers: { 'www-authenticate': 'Basic expired' } }, rejected],
    ['403', { status: 403 }, rejected],
    ['another 400', { status: 400, body: { error: 'invalid_request' } }, invalid],
    ['404', { status: 404, headers: html, body: 'canary' }, invalid],
    ['429', { status: 429 }, limited],
    ['500', { status: 500, body: { error: 'server_error' } }, invalid],
    ['502 as HTML', { status: 502, headers: html, body: '<h1>canary</h1>' }, invalid],
    ['503', { status: 503, headers: html, body: 'canary' }, unavailable],
    ['504', { status: 504 }, invalid],
    ['HTML', { headers: html, body: '<h1>canary</h1>' }, invalid],
    ['a body that is not JSON', { headers: json, body: 'canary' }, invalid],
    ['an empty body', { headers: json }, invalid],
    ['null', { headers: json, body: 'null' }, invalid],
    ['a list', { body: [good] }, invalid],
    ['201', { status: 201, body: good }, invalid],
    ['204', { status: 204 }, invalid],
    ['no access_token', { body: { ...good, access_token: undefined } }, invalid],
    ['an empty access_token', { body: { ...good, access_token: '' } }, invalid],
    ['an access_token that is not a string', { body: { ...good, access_token: { canary: 1 } } }, invalid],
    ['an access_token with a line break', { body: { ...good, access_token: 'a\r\nX-A: canary' } }, invalid],
    ['an access_token with other characters', { body: { ...good, access_token: 'canary-ł' } }, invalid],
    ['another token_type', { body: { ...good, token_type: 'mac' } }, invalid],
    ['expires_in 0', { body: { ...good, expires_in: 0 } }, invalid],
    ['a negative expires_in', { body: { ...good, expires_in: -1 } }, invalid],
    ['expires_in as text', { body: { ...good, expires_in: 'an hour' } }, invalid],
    [
      'an infinite expires_in',
      { headers: json, body: JSON.stringify(good).replace('3600', '1e999') },
      invalid,
    ],
    ['a body that is too long', { body: { ...good, scope: 'x'.repeat(1024 * 1024) } }, invalid],
    [
      'a small body that is too long after decompression',
      { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(20_000_000, 0x20)) },
      invalid,
    ],
    ['a truncated body', { body: good, cutAt: 20 }, invalid],
    [
      'a Content-Length over the length of the body',
      { raw: `${head}Content-Length: 999\r\n\r\n${JSON.stringify(good)}` },
      invalid,
    ],
    ['another protocol', { raw: 'SSH-2.0-canary\r\n' }, invalid],
    ['a closed connection', { raw: '' }, unreachable],
    ['a reset', { raw: '', then: 'destroy' }, unreachable],
  ])(
    'causes the documented error without a call to the API server: %s (CRD-04, CRD-10)',
    async (_, reply, [status, code]) => {
      tokens.answer(reply);
      const answer = await perform(browser, 'comments.create');
      expectProblem(answer, status, code);
      if (status === 503 || status === 429) expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(tokens.requests).toHaveLength(1);
      expect(bff.sinch.all.requests).toEqual([]);
    },
  );

  it.each([301, 302, 303, 307, 308])('cannot redirect the secret with %i (PRX-12)', async (status) => {
    const elsewhere = bff.sinch.tokens.staging;
    tokens.answer({ status, headers: { location: elsewhere.tokenUrl } });
    expectProblem(await perform(browser, 'account.get'), ...invalid);
    expect(elsewhere.requests).toEqual([]);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('causes a 502 if it refuses connections', async () => {
    expectProblem(await perform(browser, 'account.get', 'lantern'), ...unreachable);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it.each<[name: string, reply: Reply]>([
    ['500', { status: 500 }],
    ['a body that is not JSON', { headers: json, body: 'junk' }],
    ['a reset', { raw: '', then: 'destroy' }],
  ])('is called again by the next call after %s', async (_, reply) => {
    tokens.answer([reply, { body: good }]);
    expect((await perform(browser, 'account.get')).status).toBe(502);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it('receives one request for twenty concurrent calls, all of which get its error', async () => {
    tokens.answer(invalidClient);
    const answers = await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    for (const answer of answers) expectProblem(answer, ...rejected);
    expect(tokens.requests).toHaveLength(1);
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a rejected client', () => {
  it('causes no token request for 30 s, then a new one (CRD-09)', async () => {
    tokens.answer([invalidClient, { body: good }]);
    expectProblem(await perform(browser, 'account.get'), ...rejected);
    bff.turnClock(29_999);
    expectProblem(await perform(browser, 'comments.create'), ...rejected);
    expect(tokens.requests).toHaveLength(1);
    expect((await browser.get('/v1/tenants/acme/route')).json).toMatchObject({ errorCode: rejected[1] });

    bff.turnClock(1);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
    expect((await browser.get('/v1/tenants/acme/route')).json).toMatchObject({ plane: 'public' });
  });

  it('does not affect another tenant of the same server (CRD-09, AZT-08)', async () => {
    tokens.answer(({ headers }) => {
      const pair = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
      return pair.startsWith('acme') ? invalidClient : { body: { ...good, access_token: 'of-orchard' } };
    });
    const partner = await bff.signedIn(the.partner);
    expectProblem(await perform(browser, 'account.get'), ...rejected);
    expect((await perform(partner, 'account.get', 'orchard')).status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.production.lastRequest.headers.authorization).toBe('Bearer of-orchard');
  });

  it('causes a token request at once when it gets new credentials (CRD-05)', async () => {
    tokens.answer([invalidClient, { body: good }]);
    expectProblem(await perform(browser, 'account.get'), ...rejected);
    const credentials = { ...the.acme.credentials, keySecret: `new-canary-secret-${keys}` };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });
});

describe('a token endpoint that limits the rate', () => {
  it('is not called during its Retry-After, which is relayed to the browser', async () => {
    tokens.answer([{ status: 429, headers: { 'retry-after': '7' } }, { body: good }]);
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, ...limited);
    expect(answer.headers['retry-after']).toBe('7');

    bff.turnClock(6_999);
    const again = await perform(browser, 'account.get');
    expectProblem(again, ...limited);
    expect(again.headers).toHaveProperty('retry-after');
    expect(tokens.requests).toHaveLength(1);

    bff.turnClock(1);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it.each([undefined, '0', '86400', 'soon', 'Wed, 21 Oct 2099 07:28:00 GMT'])(
    'is called again after at most 30 s with Retry-After %s',
    async (retryAfter) => {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      tokens.answer([{ status: 429, headers }, { body: good }]);
      const answer = await perform(browser, 'account.get');
      expectProblem(answer, ...limited);
      expect(answer.headers).toHaveProperty('retry-after');
      bff.turnClock(30_000);
      expect((await perform(browser, 'account.get')).status).toBe(200);
    },
  );

  it('with 503 causes a 503 with its Retry-After', async () => {
    tokens.answer([{ status: 503, headers: { 'retry-after': '9' } }]);
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, ...unavailable);
    expect(answer.headers['retry-after']).toBe('9');
  });
});
