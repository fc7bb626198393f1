import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import {
  headerNames,
  operations,
  operationTitles,
  perform,
  type ProvisioningOperation,
} from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const project = `/v1/projects/${the.acme.projectId}`;
const account = '{"isEmbeddedSignup":false,"businessManager":"SINCH_UK","compatibleRegions":["eu"]}';

/** Headers that a browser, an extension or an attacker may add to a call. */
const browserHeaders = {
  cookie2: '$Version=1',
  'user-agent': 'Mozilla/5.0',
  accept: 'text/html',
  'accept-language': 'de',
  'accept-encoding': 'gzip, br',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  forwarded: 'for=203.0.113.9',
  'x-real-ip': '203.0.113.9',
  authorization: 'Bearer of-the-browser',
  'proxy-authorization': 'Basic b2Y6YnJvd3Nlcg==',
  traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  tracestate: 'of=browser',
  baggage: 'of=browser',
  'x-request-id': 'of-the-browser',
  'x-http-method-override': 'DELETE',
  'x-project-id': the.orchard.projectId,
  'idempotency-key': 'of-the-browser',
  'if-none-match': '"x"',
  range: 'bytes=0-1',
  referer: 'https://console.bff.test/page',
  connection: 'keep-alive, x-hop',
  'x-hop': 'of-the-browser',
  te: 'trailers',
};

describe('the request to the upstream', () => {
  it.each(operationTitles)(
    'for %s has only the method, URL, body and headers of the service (PRX-05, PRX-06, PRX-07, PRX-08)',
    async (title) => {
      const { method, path, body, success }: ProvisioningOperation = operations[title];
      bff.sinch.production.answer({
        status: success,
        ...(success !== 204 && { headers: { 'content-type': 'application/json' }, body: account }),
      });
      const answer = await perform(browser, title, 'acme', browserHeaders);

      expect(answer.status).toBe(success);
      expect(answer.text).toBe(success === 204 ? '' : account);
      expect(bff.sinch.production.requests).toHaveLength(1);
      const received = bff.sinch.production.lastRequest;
      expect(received.method).toBe(method);
      expect(received.url).toBe(`${project}/${path}`);
      expect(received.body).toBe(body === undefined ? '' : JSON.stringify(body));
      expect(headerNames(received)).toEqual(
        [
          ...['accept', 'authorization', 'connection', 'host', 'traceparent', 'x-request-id'],
          ...(body === undefined ? [] : ['content-length', 'content-type']),
        ].sort(),
      );
      expect(received.headers).toMatchObject({
        accept: 'application/json',
        host: new URL(bff.sinch.production.url).host,
        connection: 'keep-alive',
        'x-request-id': answer.headers['x-request-id'],
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(JSON.stringify(body))),
        }),
      });
      expect(received.headers.authorization).toMatch(/^Bearer token-production-acme-key-\d+$/);
      expect(received.headers['traceparent']).toMatch(
        /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/,
      );
      expect(JSON.stringify(received)).not.toMatch(/of-the-browser|of=browser|1{32}|bff-session/);
      expect(bff.sinch.allBut('production').requests).toEqual([]);
    },
  );

  it('has its own request id and trace', async () => {
    await Promise.all([perform(browser, 'account.get'), perform(browser, 'account.get')]);
    const [one, other] = bff.sinch.production.requests.map(({ headers }) => headers);
    expect(one?.['x-request-id']).not.toBe(other?.['x-request-id']);
    expect(one?.['traceparent']).not.toBe(other?.['traceparent']);
  });

  it.each([
    ['nothing', '', {}],
    ['a size', '?pageSize=100', { pageSize: '100' }],
    ['a token', '?pageToken=abc', { pageToken: 'abc' }],
    ['both, in any order', '?pageSize=7&pageToken=abc', { pageSize: '7', pageToken: 'abc' }],
    [
      'a token of special characters',
      `?pageToken=${encodeURIComponent('a/../b?c=d&e#f%00 +é👋;')}`,
      { pageToken: 'a/../b?c=d&e#f%00 +é👋;' },
    ],
    ['a token that would leave the query', '?pageToken=x%0D%0AX-A:%20b', { pageToken: 'x\r\nX-A: b' }],
  ])('for activities with %s has exactly this query (PRX-04, PRX-16)', async (_, query, expected) => {
    const answer = await browser.get(`/v1/tenants/acme/whatsapp/activities${query}`);
    expect(answer.status).toBe(200);
    const url = new URL(bff.sinch.production.lastRequest.url, 'http://upstream');
    expect(url.pathname).toBe(`${project}/whatsapp/activities`);
    expect(Object.fromEntries(url.searchParams)).toEqual(expected);
    expect(headerNames(bff.sinch.production.lastRequest)).not.toContain('x-a');
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('has only the validated body, without white space and repeated members (PRX-19)', async () => {
    const answer = await browser.request('PATCH', '/v1/tenants/acme/whatsapp', {
      rawBody: ' { "wabaName" : "first",\n"wabaName":"\\u006cast"}\n',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(answer.status).toBe(200);
    expect(bff.sinch.production.lastRequest.body).toBe('{"wabaName":"last"}');
  });
});
