import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, headerNames } from '../support/forwarding.js';
import { rawExchange } from '../support/raw.js';
import { askRaw, expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
let cookie: string;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
  cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const comments = 'POST /v1/tenants/acme/whatsapp/comments HTTP/1.1';
const account = 'GET /v1/tenants/acme/whatsapp HTTP/1.1';
const body = '{"comment":"x"}';
const chunks = `f\r\n${body}\r\n0\r\n\r\n`;

/** Sends a request of a signed-in user with additional header lines and a payload. */
const ask = (line: string, extra: readonly string[], payload = ''): Promise<Answer> =>
  askRaw(
    bff.port,
    [line, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`, ...extra, 'Connection: close'],
    payload,
  );
const json = 'Content-Type: application/json';

describe('ambiguous framing (PRX-15)', () => {
  it.each<[what: string, extra: string[], payload: string]>([
    ['two lengths', ['Content-Length: 15', 'Content-Length: 16'], body],
    ['the same length twice', ['Content-Length: 15', 'Content-Length: 15'], body],
    ['a list of lengths', ['Content-Length: 15, 15'], body],
    ['a length and chunks', ['Content-Length: 15', 'Transfer-Encoding: chunked'], chunks],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 15'], chunks],
    ['a length of letters', ['Content-Length: abc'], body],
    ['a negative length', ['Content-Length: -1'], body],
    ['a signed length', ['Content-Length: +15'], body],
    ['a hexadecimal length', ['Content-Length: 0xf'], body],
    ['a fractional length', ['Content-Length: 15.0'], body],
    ['a length beyond any number', ['Content-Length: 99999999999999999999999'], body],
    ['an empty length', ['Content-Length:'], body],
    ['chunked as the first of two codings', ['Transfer-Encoding: chunked, identity'], chunks],
    ['codings in two lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], chunks],
    ['an unknown coding', ['Transfer-Encoding: xchunked'], chunks],
    ['a coding with a control character', ['Transfer-Encoding: \u000bchunked'], chunks],
    ['a space before the colon', ['Transfer-Encoding : chunked'], chunks],
    ['a folded line', ['X-Fold: a', ' b', 'Content-Length: 15'], body],
    ['a folded coding', ['Transfer-Encoding:', ' chunked'], chunks],
    ['a bare line feed', ['X-A: b\nX-B: c', 'Content-Length: 15'], body],
    ['a bare carriage return', ['X-A: b\rX-B: c', 'Content-Length: 15'], body],
    ['a NUL in a value', ['X-A: b\u0000c', 'Content-Length: 15'], body],
    ['a control character in a value', ['X-A: b\u0001c', 'Content-Length: 15'], body],
    ['a line without a colon', ['nonsense', 'Content-Length: 15'], body],
    ['a header without a name', [': x', 'Content-Length: 15'], body],
    ['a name with a space', ['X A: b', 'Content-Length: 15'], body],
    ['a name with a control character', ['X-A\u0001: b', 'Content-Length: 15'], body],
    ['a name with a letter outside ASCII', ['X-\u00e9: b', 'Content-Length: 15'], body],
  ])('with %s is rejected, and the connection ends', async (_, extra, payload) => {
    const smuggled = `${account}\r\nHost: console.bff.test\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\n\r\n`;
    const head = [comments, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`, json, ...extra];
    const received = await rawExchange(bff.port, `${head.join('\r\n')}\r\n\r\n${payload}${smuggled}`, {
      end: true,
    });
    expect(received.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 400']);
    expect(received).toMatch(/^connection: close$/im);
    expect(received).toContain('"errorCode":"bff_invalid_input"');
    expectNothingAsked(bff.sinch);
  });

  it.each<[what: string, payload: string]>([
    ['no hexadecimal size', `zz\r\n${body}\r\n0\r\n\r\n`],
    ['a size that is too short', `3\r\n${body}\r\n0\r\n\r\n`],
    ['a size beyond any number', `fffffffffffffffff\r\n${body}\r\n0\r\n\r\n`],
    ['a negative size', `-f\r\n${body}\r\n0\r\n\r\n`],
    ['bare line feeds', `f\n${body}\n0\n\n`],
  ])('with a chunk that has %s is rejected', async (_, payload) => {
    const answer = await ask(comments, [json, 'Transfer-Encoding: chunked'], payload);
    expectProblem(answer, 400, 'bff_invalid_input');
    expectNothingAsked(bff.sinch);
  });

  it('with a body shorter than its Content-Length reaches no server', async () => {
    const head = [comments, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`, json];
    await rawExchange(bff.port, `${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\n${body}`, { end: true });
    expectNothingAsked(bff.sinch);
  });

  it('cannot hide a second request in a body that is not read', async () => {
    const inner = `${account}\r\nHost: console.bff.test\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\n\r\n`;
    const head = [comments, 'Host: console.bff.test', 'X-CSRF: 1', json, `Content-Length: ${inner.length}`];
    const received = await rawExchange(bff.port, `${head.join('\r\n')}\r\n\r\n${inner}`, { end: true });
    expect(received.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 401']);
    expectNothingAsked(bff.sinch);
  });
});

describe('repeated and numerous headers', () => {
  it.each<[line: string, extra: string[], statuses: number[]]>([
    [account, ['Host: console.bff.test'], [400, 421]],
    [account, ['X-CSRF: 1'], [400, 403]],
    [account, ['x-csrf: 0'], [400, 403]],
    [account, ['Origin: https://console.bff.test', 'Origin: https://console.bff.test'], [400, 403]],
    [account, ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: same-origin'], [400, 403]],
    [account, ['Content-Type: application/json', 'Content-Type: application/json'], [400, 415]],
    [account, ['Content-Length: 0', 'Content-Length: 0'], [400]],
    ['GET / HTTP/1.1', ['X-CSRF: 1'], [400, 403]],
    ['GET /session HTTP/1.1', ['Content-Type: text/plain', 'Content-Type: application/json'], [400, 415]],
    ['DELETE /session HTTP/1.1', ['Content-Type: text/plain', 'Content-Type: application/json'], [400, 415]],
  ])('are rejected if one is repeated: %s with %j', async (line, extra, statuses) => {
    const answer = await ask(line, extra);
    expect(statuses).toContain(answer.status);
    expectNothingAsked(bff.sinch);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('are rejected if the body has two media types, and no server is called', async () => {
    const types = ['Content-Type: application/json', 'Content-Type: text/plain', 'Content-Length: 15'];
    expect([400, 415]).toContain((await ask(comments, types, body)).status);
    expectNothingAsked(bff.sinch);
  });

  it('do not hide an Origin header after 2 500 others', async () => {
    const many = Array.from({ length: 2_500 }, () => 'a:');
    const answer = await ask(account, [...many, 'Origin: https://evil.example']);
    expect([400, 403, 431]).toContain(answer.status);
    expectNothingAsked(bff.sinch);
  });
});

describe('headers that resemble those of the service', () => {
  it.each([
    ['Connection: authorization'],
    ['Connection: x-request-id, content-type, host'],
    ['Connection: keep-alive, cookie', 'Keep-Alive: timeout=1000'],
    [
      'X_Request_Id: of-the-browser',
      'Content_Length: 3',
      'Transfer_Encoding: chunked',
      'Content_Type: text/plain',
    ],
    ['Cookie_: a=b', 'Host_: unknown.test', 'Authorization_: Basic x', 'X_Forwarded_For: 203.0.113.9'],
    [
      'TE: trailers',
      'Trailer: Authorization',
      'Proxy-Connection: keep-alive',
      'Upgrade: h2c',
      'HTTP2-Settings: AAAA',
    ],
    ['Authorization: Basic eDp5', 'Authorization: Bearer x'],
    ['Accept-Version: 2.x', 'Accept: */*;q=0', 'Accept-Encoding: identity;q=0'],
    ['Max-Forwards: 0', 'If-Match: "x"', 'If-None-Match: *', 'Range: bytes=0-0'],
  ])('do not change the upstream request: %s', async (...extra) => {
    const answer = await ask(comments, [json, 'Content-Length: 15', ...extra], body);
    expect(answer.status).toBe(200);
    const received = bff.sinch.production.lastRequest;
    expect(received.body).toBe(body);
    expect(headerNames(received)).toEqual([
      ...['accept', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'traceparent'],
      'x-request-id',
    ]);
    expect(received.headers.authorization).toMatch(/^Bearer token-production-acme-key-/);
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });
});

describe('the limit of 16 KiB for request line and headers (VAL-02)', () => {
  const fixed = [account, 'Host: console.bff.test', 'X-CSRF: 1'];
  const askWith = async (lines: string[]): Promise<number> =>
    (await askRaw(bff.port, [...fixed, `Cookie: ${cookie}`, ...lines, 'Connection: close'])).status;

  it.each<[what: string, lines: string[]]>([
    ['one long header', [`X-Long: ${'x'.repeat(16 * 1024)}`]],
    ['a long cookie', [`X-Cookie: ${'a=b; '.repeat(4_000)}`]],
    ['many headers', Array.from({ length: 400 }, (_, index) => `X-Header-${index}: ${'x'.repeat(40)}`)],
    ['many tiny headers', Array.from({ length: 1_900 }, () => 'a: b c d')],
  ])('rejects %s with 431', async (_, lines) => {
    expect(lines.join('\r\n').length).toBeGreaterThan(16 * 1024);
    expect(await askWith(lines)).toBe(431);
    expectNothingAsked(bff.sinch);
  });

  it('rejects a long target with 431', async () => {
    const target = `/v1/tenants/acme/whatsapp/activities?pageToken=${'x'.repeat(16 * 1024)}`;
    const answer = await ask(`GET ${target} HTTP/1.1`, []);
    expectProblem(answer, 431, 'bff_headers_too_large');
  });

  it('permits a header of 8 KiB', async () => {
    expect(await askWith([`X-Long: ${'x'.repeat(8 * 1024)}`])).toBe(200);
  });
});

describe('other protocols', () => {
  it.each([
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /session HTTP/1.2\r\nHost: console.bff.test\r\n\r\n',
    'GET /session HTP/1.1\r\nHost: console.bff.test\r\n\r\n',
    'get /session HTTP/1.1\r\nHost: console.bff.test\r\n\r\n',
    'GET\t/session\tHTTP/1.1\r\nHost: console.bff.test\r\n\r\n',
    'GET /session HTTP/1.1 x\r\nHost: console.bff.test\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    '\u0000\u0000\u0000\u0000',
  ])('%j is rejected with 400', async (bytes) => {
    const received = await rawExchange(bff.port, bytes, { end: true });
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toContain('"errorCode":"bff_invalid_input"');
    expectNothingAsked(bff.sinch);
  });

  it.each([
    'GET /session\r\n\r\n',
    'GET /session HTTP/2.0\r\nHost: console.bff.test\r\n\r\n',
    'GET  /session HTTP/1.1\r\nHost: console.bff.test\r\n\r\n',
  ])('%j is rejected, with the security headers', async (bytes) => {
    const received = await rawExchange(bff.port, bytes, { end: true });
    expect(received).toMatch(/^HTTP\/1\.1 (400|403|421|505) /);
    expect(received).toMatch(/^x-content-type-options: nosniff$/im);
    expectNothingAsked(bff.sinch);
  });

  it('a request with HTTP/1.0 is served', async () => {
    const answer = await ask('GET /session HTTP/1.0', []);
    expect(answer.status).toBe(200);
  });
});
