import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { type Browser } from '../support/browser.js';
import { expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
import { listeningServer } from '../support/recording-upstream.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff({ environment: { SINCH_STAGING_URL: await refusingUrl() } });
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

/** An address without a listener. */
async function refusingUrl(): Promise<string> {
  const server = await listeningServer();
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return `http://127.0.0.1:${address.port}`;
}

const invalid = 'bff_upstream_invalid_response';
const unreachable = 'bff_upstream_unreachable';
const json = 'Content-Type: application/json\r\n';
const head = `HTTP/1.1 200 OK\r\n${json}`;
const MiB = 1024 * 1024;

/** Expects a 502 with this code, and that the next call succeeds. */
async function expectBadDay(
  reply: Reply,
  code: string | RegExp,
  title: OperationTitle,
  sent = 1,
): Promise<void> {
  bff.sinch.reset();
  bff.sinch.production.answer(reply);
  const answer = await perform(browser, title);
  const { errorCode } = answer.json as { errorCode: string };
  expect(errorCode).toMatch(code);
  expectProblem(answer, 502, errorCode);
  expect(bff.sinch.production.requests).toHaveLength(sent);
  expect(bff.sinch.allBut('production').requests).toEqual([]);

  bff.sinch.reset();
  expect((await perform(browser, 'account.get')).json).toEqual({ ok: true, server: 'production' });
}

describe('a redirect of the upstream', () => {
  it.each(
    [300, 301, 302, 303, 304, 305, 307, 308].flatMap((status) => [
      [status, 'account.get' as const] as const,
      [status, 'comments.create' as const] as const,
    ]),
  )(
    'a redirect with %i is not followed, and its Location is not relayed: %s (PRX-11, PRX-12)',
    async (status, title) => {
      const location = `${bff.sinch.staging.url}/v1/stolen`;
      const body = JSON.stringify({ errorCode: 'x', message: 'X.', resolution: location });
      const reply = { status, headers: { location, 'content-type': 'application/json' }, body };
      bff.sinch.production.answer(reply);
      const answer = await perform(browser, title);
      expect(answer.headers).not.toHaveProperty('location');
      expect(answer.text).not.toContain('stolen');
      await expectBadDay(reply, invalid, title);
    },
  );
});

describe('a response that is not HTTP or never arrives', () => {
  it.each<[name: string, reply: Reply]>([
    ['a connection that ends before it', { raw: '' }],
    ['a reset before it', { raw: '', then: 'destroy' }],
  ])(
    '%s fails a read after it was sent three times, and a write after it was sent once',
    async (_, reply) => {
      await expectBadDay(reply, unreachable, 'account.get', 3);
      await expectBadDay(reply, unreachable, 'comments.create');
    },
  );

  it.each<[name: string, reply: Reply, code: string | RegExp]>([
    ['a reset within its headers', { raw: `${head}X-A: `, then: 'destroy' }, /invalid_resp|unreachable/],
    ['an end within its headers', { raw: `${head}X-A: ` }, /invalid_resp|unreachable/],
    ['an end within its status line', { raw: 'HTTP/1.1 20' }, /invalid_resp|unreachable/],
    ['another protocol', { raw: 'SSH-2.0-OpenSSH_9.6\r\n' }, invalid],
    ['HTTP/2', { raw: 'HTTP/2 200\r\n\r\n{}' }, invalid],
    ['a status that is no number', { raw: `HTTP/1.1 abc OK\r\n${json}\r\n{}` }, invalid],
    ['headers without an end', { raw: `${head}X-A: ${'a'.repeat(MiB)}` }, invalid],
    [
      'a switch to another protocol',
      { raw: 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n' },
      /./,
    ],
    ['two lengths', { raw: `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ` }, invalid],
    [
      'a length and chunks',
      { raw: `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n` },
      invalid,
    ],
    ['a folded line', { raw: `${head}X-A: a\r\n b\r\nContent-Length: x\r\n\r\n{}` }, invalid],
    ['a NUL in a header', { raw: `${head}X-A: \0\r\nContent-Length: 2\r\n\r\n{}` }, invalid],
  ])('%s is rejected with 502 (RES-04, PRX-18)', (_, reply, code) =>
    expectBadDay(reply, code, 'account.get'),
  );
});

describe('a response that breaks off', () => {
  it.each<[name: string, reply: Reply]>([
    ['before its body', { body: { a: 1 }, cutAt: 0 }],
    ['within its body', { body: { a: '}' }, cutAt: 7 }],
    ['just before its last byte', { body: { a: 1 }, cutAt: 6 }],
    ['by a reset within its body', { raw: `${head}Content-Length: 9\r\n\r\n{"a":`, then: 'destroy' }],
    ['with a length that promises more', { raw: `${head}Content-Length: 9\r\n\r\n{"a":1}` }],
    ['with a length that promises less', { raw: `${head}Content-Length: 3\r\n\r\n{"a":1}` }],
    ['within a chunk', { raw: `${head}Transfer-Encoding: chunked\r\n\r\n9\r\n{"a":1}` }],
    ['between chunks', { raw: `${head}Transfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n` }],
    ['with a broken chunk size', { raw: `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"a":1}\r\n` }],
    ['without length, unfinished', { raw: `${head}Connection: close\r\n\r\n{"a":` }],
  ])('%s is rejected with 502, and no part of it is relayed (VAL-06)', async (_, reply) => {
    await expectBadDay(reply, invalid, 'account.get');
    await expectBadDay(reply, invalid, 'comments.create');
  });

  it('is rejected with 502 as an error too, even if its JSON was complete', async () => {
    const papi = '{"errorCode":"x","message":"X.","resolution":"Y."}';
    const raw = `HTTP/1.1 409 Conflict\r\n${json}Content-Length: 99\r\n\r\n${papi}`;
    await expectBadDay({ raw }, invalid, 'account.get');
  });
});

describe('a success that is not JSON', () => {
  const html = '<html>{"a":1}</html>';
  const encoded = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  it.each<[name: string, reply: Reply]>([
    ['HTML', { headers: { 'content-type': 'text/html' }, body: html }],
    ['JSON labelled as HTML', { headers: { 'content-type': 'text/html' }, body: '{"a":1}' }],
    ['HTML labelled as JSON', { headers: { 'content-type': 'application/json' }, body: html }],
    ['text', { headers: { 'content-type': 'text/plain' }, body: '{"a":1}' }],
    ['a type that only begins like JSON', { headers: { 'content-type': 'application/jsonp' }, body: '{}' }],
    ['a stream of JSON', { headers: { 'content-type': 'application/json-seq' }, body: '{}' }],
    ['without a type', { body: '{"a":1}' }],
    ['two types', { raw: `${head}Content-Type: text/html\r\nContent-Length: 2\r\n\r\n{}` }],
    ['empty', { headers: { 'content-type': 'application/json' } }],
    ['white space', { headers: { 'content-type': 'application/json' }, body: ' \r\n\t ' }],
    ['a string', { headers: { 'content-type': 'application/json' }, body: '"a"' }],
    ['a number', { headers: { 'content-type': 'application/json' }, body: '7' }],
    ['null', { headers: { 'content-type': 'application/json' }, body: 'null' }],
    ['one brace', { headers: { 'content-type': 'application/json' }, body: '{' }],
    ['ends that do not match', { headers: { 'content-type': 'application/json' }, body: '{"a":[1]' }],
    ['a byte order mark', { headers: { 'content-type': 'application/json' }, body: '\ufeff{"a":1}' }],
    ['UTF-16', { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}', 'utf16le') }],
    ['compressed without request', { headers: encoded, body: gzipSync('{"a":1}') }],
    ['JSON labelled as compressed', { headers: encoded, body: '{"a":1}' }],
    ['204 where a body is expected', { status: 204 }],
    ['205 where a body is expected', { status: 205 }],
  ])('%s is rejected with 502 (VAL-06, VAL-07, VAL-08)', async (_, reply) => {
    await expectBadDay(reply, invalid, 'account.get');
    await expectBadDay(reply, invalid, 'account.create as partnerInitiated');
  });
});

describe('a long response', () => {
  const ofLength = (length: number): Buffer => {
    const body = Buffer.alloc(length, 0x20);
    body.write('{');
    body.write('}', length - 1);
    return body;
  };
  const typed = { 'content-type': 'application/json' };
  const chunked = { ...typed, 'transfer-encoding': 'chunked' };

  it.each([
    ['with its length', typed],
    ['in chunks', chunked],
  ])('of exactly 16 MiB is relayed completely, %s', async (_, headers) => {
    const body = ofLength(16 * MiB);
    bff.sinch.production.answer({ headers, body });
    const answer = await perform(browser, 'account.get');
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(body)).toBe(true);
  });

  it.each([
    ['with its length', typed],
    ['in chunks', chunked],
  ])('of one byte more is rejected with 502, %s', async (_, headers) => {
    await expectBadDay({ headers, body: ofLength(16 * MiB + 1) }, invalid, 'account.get');
  });

  it('is rejected because of its length, before its body arrives', async () => {
    const raw = `${head}Content-Length: ${16 * MiB + 1}\r\n\r\n{`;
    await expectBadDay({ raw, then: 'hold' }, invalid, 'account.get');
  });

  it('is rejected with 502 as an error too', async () => {
    const body = Buffer.concat([Buffer.from('{"errorCode":"x","message":"X."}'), ofLength(16 * MiB)]);
    await expectBadDay({ status: 500, headers: typed, body }, invalid, 'account.get');
  });
});

describe('a rare but valid response', () => {
  it.each([102, 103])('the interim response %i is skipped', async (status) => {
    bff.sinch.production.answer({
      raw: `HTTP/1.1 ${status} Wait\r\nLink: </x>\r\n\r\n${head}Content-Length: 7\r\n\r\n{"a":1}`,
    });
    const answer = await perform(browser, 'comments.create');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"a":1}' });
  });

  it.each([
    ['ends with the connection', `${head}\r\n{"a":1}`],
    ['comes from HTTP/1.0', `HTTP/1.0 200 OK\r\n${json}\r\n{"a":1}`],
    ['has trailers', `${head}Transfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\nX-Late: 1\r\n\r\n`],
    ['is encoded as itself', `${head}Content-Encoding: identity\r\nContent-Length: 7\r\n\r\n{"a":1}`],
  ])('is relayed if it %s', async (_, raw) => {
    bff.sinch.production.answer({ raw });
    const answer = await perform(browser, 'account.get');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"a":1}' });
    expect(answer.headers).not.toHaveProperty('x-late');
  });

  it.each([
    ['a second answer', `${head}Content-Length: 14\r\n\r\n{"poison":true}`],
    ['half an answer', 'HTTP/1.1 2'],
    ['nonsense', '\0\0\0'],
  ])('bytes after a response never become the next response: %s (PRX-18)', async (_, extra) => {
    bff.sinch.production.answer({
      raw: `${head}Content-Length: 7\r\n\r\n{"a":1}${extra}`,
      then: 'hold',
    });
    expect((await perform(browser, 'account.get')).text).toBe('{"a":1}');
    bff.sinch.reset();
    const poisoned = await Promise.all([perform(browser, 'account.get'), perform(browser, 'account.get')]);
    for (const { json } of poisoned) expect(json).toEqual({ ok: true, server: 'production' });
  });
});

it('a call to a server that refuses connections fails with 502 and goes to no other server (PRX-12)', async () => {
  expectProblem(await perform(browser, 'account.get', 'harbour'), 502, unreachable);
  expectProblem(await perform(browser, 'comments.create', 'harbour'), 502, unreachable);
  expect(bff.sinch.all.requests).toEqual([]);
});
