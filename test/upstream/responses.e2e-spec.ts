import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, type OperationTitle, perform } from '../support/forwarding.js';
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

const account = '{"isEmbeddedSignup":false,"businessManager":"SINCH_UK","compatibleRegions":["eu"]}';

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
