import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import {
  expectNoSecrets,
  headerNames,
  operations,
  operationTitles,
  type OperationTitle,
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

describe('the response to the browser', () => {
  it.each<[name: string, body: string | Buffer]>([
    ['odd white space', '\r\n\t {  "a" :\n[ 1 ,2 ]}\r\n \t'],
    ['unicode, raw and escaped', '{"a":"ł👋🏽\u2028\\u0000\\ud83d\\/","ü":"\\u00fc"}'],
    ['unknown members and enum values', '{"state":"SOMETHING_NEW","new":{"deep":[null,true]}}'],
    [
      'numbers that exceed a double',
      '{"a":1e400,"b":12345678901234567890,"c":1.000,"d":-0,"e":0.1000000000000000055}',
    ],
    ['repeated members', '{"a":1,"a":2,"__proto__":{"x":1}}'],
    ['an array', '[{"a":1}]'],
    ['an empty object', '{}'],
    ['an empty array', '[ ]'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['braces around text that is not JSON', '{nonsense}'],
    ['markup in a string', '{"html":"<script>alert(1)</script>"}'],
  ])('has the unchanged bytes of a success: %s (PRX-19)', async (_, body) => {
    bff.sinch.production.answer({ headers: { 'content-type': 'application/json' }, body });
    const answer = await perform(browser, 'account.get');
    expect(answer.status).toBe(200);
    expect(answer.bytes).toEqual(Buffer.from(body));
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it.each<[title: OperationTitle, status: number]>([
    ['account.get', 200],
    ['account.create as partnerInitiated', 200],
    ['account.update with input', 202],
    ['account.delete', 200],
    ['comments.create', 201],
  ])('to %s has the status %i and the body of the upstream', async (title, status) => {
    bff.sinch.production.answer({ status, headers: { 'content-type': 'application/json' }, body: account });
    const answer = await perform(browser, title);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe(account);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json ; x=1',
  ])('has the Content-Type of the upstream: %s', async (contentType) => {
    bff.sinch.production.answer({ headers: { 'content-type': contentType }, body: account });
    const answer = await perform(browser, 'account.get');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(contentType);
  });

  const dropped = {
    'set-cookie': ['session=stolen; Path=/', '__Host-bff-session=fixed; Path=/; Secure'],
    location: 'https://evil.example/',
    'content-location': '/elsewhere',
    server: 'nginx',
    via: '1.1 cache',
    'x-powered-by': 'Express',
    'content-security-policy': "default-src * 'unsafe-inline'",
    'content-security-policy-report-only': 'default-src *',
    'access-control-allow-origin': '*',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': '*',
    'strict-transport-security': 'max-age=0',
    'cache-control': 'public, max-age=3600',
    expires: 'Fri, 01 Jan 2100 00:00:00 GMT',
    etag: '"1"',
    'last-modified': 'Fri, 01 Jan 2021 00:00:00 GMT',
    vary: '*',
    age: '7',
    link: '<https://evil.example/x.js>; rel=preload',
    refresh: '0; url=https://evil.example/',
    'alt-svc': 'h3="evil.example:443"',
    'clear-site-data': '"*"',
    'www-authenticate': 'Basic realm="x"',
    'proxy-authenticate': 'Basic realm="x"',
    'x-request-id': 'of-the-upstream',
    'x-frame-options': 'ALLOWALL',
    'x-content-type-options': 'sniff',
    'referrer-policy': 'unsafe-url',
    'cross-origin-resource-policy': 'cross-origin',
    'service-worker-allowed': '/',
    'content-disposition': 'attachment',
    'content-language': 'de',
    'x-anything': 'of-the-upstream',
    upgrade: 'h2c',
    nel: '{}',
    'report-to': '{}',
  };

  it.each([
    [200, { ok: true }],
    [409, { errorCode: 'account_exists', message: 'Account already exists.', resolution: 'None.' }],
    [500, { anything: 'else' }],
  ])(
    'with status %i has only Content-Type and Retry-After of the upstream (PRX-10, PRX-11)',
    async (status, body) => {
      bff.sinch.production.answer([{ status, body }]);
      const plain = await perform(browser, 'account.get');
      const cookies = [...browser.cookies];
      bff.sinch.production.answer({ status, body, headers: { ...dropped, 'retry-after': '7' } });
      const decorated = await perform(browser, 'account.get');

      expect(decorated.status).toBe(plain.status);
      const { date: _date, ...headers } = decorated.headers;
      const { date: _plainDate, ...expected } = plain.headers;
      const retryAfter = status === 500 ? {} : { 'retry-after': '7' };
      const own = expect.any(String) as unknown;
      expect(headers).toEqual({
        ...{ ...expected, ...retryAfter },
        'x-request-id': own,
        ...(status !== 200 && { 'content-length': own }),
      });
      expect(decorated.rawHeaders.join('\n')).not.toMatch(/evil|of-the-upstream|stolen/);
      expect([...browser.cookies]).toEqual(cookies);
      expectNoSecrets(decorated);
    },
  );

  it('with status 204 has no header of the upstream and no body', async () => {
    bff.sinch.production.answer({ status: 204, headers: dropped });
    const answer = await perform(browser, 'account.delete');
    expect(answer.status).toBe(204);
    expect(answer.bytes).toHaveLength(0);
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer.rawHeaders.join('\n')).not.toMatch(/evil|of-the-upstream|stolen/);
  });

  it.each(['120', 'Wed, 21 Oct 2099 07:28:00 GMT'])(
    'has the Retry-After of the upstream in either form: %s',
    async (value) => {
      bff.sinch.production.answer({ headers: { 'retry-after': value }, body: { ok: true } });
      expect((await perform(browser, 'account.get')).headers['retry-after']).toBe(value);
    },
  );
});

describe('connections to an upstream', () => {
  it('are kept alive: one serves reads and one serves writes, for every status and user', async () => {
    const other = await bff.signedIn(the.partner);
    await perform(browser, 'account.get');
    bff.sinch.production.answer([{ status: 404, body: {} }, { status: 204 }, { body: { ok: true } }]);
    await perform(browser, 'account.get');
    await perform(browser, 'account.delete');
    await perform(browser, 'comments.create');
    await perform(other, 'account.get', 'orchard');
    const connections = new Set(bff.sinch.production.requests.map(({ connection }) => connection));
    expect(bff.sinch.production.requests).toHaveLength(5);
    expect(connections.size).toBe(2);
  });

  it('are used by one call at a time, and again by the next', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    bff.sinch.production.answer(async () => {
      await held;
      return { body: { ok: true } };
    });
    const answers = Array.from({ length: 20 }, () => perform(browser, 'account.get'));
    while (bff.sinch.production.requests.length < 20) await bff.sinch.production.nextRequest();
    release();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    const used = new Set(bff.sinch.production.requests.map(({ connection }) => connection));
    expect(used.size).toBe(20);

    bff.sinch.reset();
    await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    for (const { connection } of bff.sinch.production.requests) expect(used).toContain(connection);
  });
});
