import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { amount } from '../support/amount.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Mutated requests over raw sockets; the seed makes a failure reproducible. */
const RUNS = amount(2_000, 20_000);
const SEED = 20_261_125;
const AT_ONCE = 64;
const SILENCE_MS = 100;
const PATIENCE_MS = 5_000;

let bff: Bff;
let ticket = '';
beforeAll(async () => {
  bff = await startBff();
  const browser = await bff.signedIn(the.editor);
  ticket = browser.cookies.get('__Host-bff-session') ?? '';
});
afterAll(() => bff.close());

/** A deterministic generator of numbers (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const HOSTILE_BYTES = [
  '\r\n', '\n', '\0', '%00', '%2e%2e', '%2f', '..', '//', '\\', ';', '#', '?', '&', '=', ':', ' ', '\t', '\u00ff',
  'Host: other.bff.test\r\n', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: authorization\r\n',
  'X-CSRF: 1\r\n', 'Cookie: a=b\r\n', 'Authorization: Bearer x\r\n', 'Expect: 100-continue\r\n', 'Upgrade: h2c\r\n',
  '{', '}', '[', '"', '__proto__', '-1', '99999999999999999999', 'null', 'A'.repeat(300),
]; // prettier-ignore

function seeds(): readonly string[] {
  const head = `Host: console.bff.test\r\nX-CSRF: 1\r\nCookie: __Host-bff-session=${ticket}\r\n`;
  const withBody = (start: string, body: string): string =>
    `${start} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const without = (start: string): string => `${start} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
  return [
    without('GET /v1/tenants/acme/whatsapp'),
    without('GET /v1/tenants/harbour/whatsapp/activities?pageToken=abc&pageSize=20'),
    without('GET /v1/tenants/acme/route'),
    without('GET /v1/tenants?pageSize=2'),
    without('GET /session'),
    without('GET /docs'),
    without('DELETE /v1/tenants/lantern/whatsapp'),
    withBody('POST /v1/tenants/acme/whatsapp/comments', '{"comment":"hello"}'),
    withBody('POST /v1/tenants/acme/whatsapp', '{"companyLegalName":"A","clientBusinessManagerId":"1"}'),
    withBody('PATCH /v1/tenants/acme/whatsapp', '{"wabaName":"A","senderDetails":{"region":"EU"}}'),
    withBody('POST /session', '{"email":"nobody@acme.example","password":"x"}'),
    `OPTIONS /session HTTP/1.1\r\n${head}Origin: https://console.bff.test\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`,
  ];
}

function mutated(request: string, next: () => number): string {
  let text = request;
  const mutations = 1 + Math.floor(next() ** 2 * 4);
  for (let mutation = 0; mutation < mutations; mutation += 1) {
    const at = Math.floor(next() * text.length);
    const length = Math.floor(next() * 12);
    switch (Math.floor(next() * 5)) {
      case 0:
        text =
          text.slice(0, at) +
          (HOSTILE_BYTES[Math.floor(next() * HOSTILE_BYTES.length)] ?? '') +
          text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 2:
        text = text.slice(0, at) + String.fromCharCode(Math.floor(next() * 256)) + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(at, at + length).repeat(2) + text.slice(at + length);
        break;
      default:
        text = text.slice(0, at) + text.slice(at, at + length).toUpperCase() + text.slice(at + length);
    }
  }
  return text;
}

/** Sends bytes, and half-closes after a truncated request. @returns all received bytes */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const startedAt = performance.now();
    const settle = (): void => {
      if (chunks.length > 0 || performance.now() - startedAt > PATIENCE_MS) socket.destroy();
      else socket.end();
    };
    socket.setTimeout(SILENCE_MS, settle);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (performance.now() - startedAt > PATIENCE_MS) fail(new Error(`No end: ${JSON.stringify(bytes)}`));
      else done(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

/** The fault in the received bytes, if any. */
function faultIn(received: string): string | undefined {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1];
  if (received !== '' && status === undefined) return 'it is no HTTP';
  if (status !== undefined && status >= '500') return `its status is ${status}`;
  if (/\n\s+at .+:\d+:\d+|node_modules|\.ts:\d/.test(received)) return 'it shows a stack';
  if (received.includes('canary') || received.includes(ticket)) return 'it gives away a secret';
  return undefined;
}

it(`${RUNS} mutated requests end without a crash, a 5xx, a stack, a leak or a stray upstream call (seed ${SEED})`, async () => {
  const next = numbers(SEED);
  const originals = seeds();
  const complaints: string[] = [];
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (sent < RUNS && complaints.length < 5) {
      sent += 1;
      const bytes = mutated(originals[sent % originals.length] ?? '', next);
      const problem = faultIn(await exchange(bff.port, bytes));
      if (problem !== undefined) complaints.push(`${problem}: ${JSON.stringify(bytes)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  expect(complaints).toEqual([]);

  const received = bff.sinch.all.requests;
  // Enough of the mutated requests stay well-formed and reach the upstream.
  expect(received.length).toBeGreaterThan(RUNS / 50);
  // A read may be sent again on a new connection if the kept one was closed before the first byte of the
  // response.
  const byId = Map.groupBy(received, ({ headers }) => headers['x-request-id']);
  expect(byId.has(undefined)).toBe(false);
  for (const [{ method, url } = { method: '', url: '' }, ...resent] of byId.values()) {
    expect(resent.map((request) => [request.method, request.url])).toEqual(
      method === 'GET' && resent.length > 0 ? [[method, url]] : [],
    );
  }
  const owners = new Map<string, string>(
    [the.acme, the.harbour, the.lantern].map((tenant) => [tenant.projectId, tenant.credentials.keyId]),
  );
  for (const { url, headers } of received) {
    const [, projectId = ''] =
      /^\/v1\/projects\/([^/]+)\/whatsapp(?:\/activities|\/comments)?(?:\?|$)/.exec(url) ?? [];
    const authorization = headers.authorization ?? '';
    const key = authorization.startsWith('Basic ')
      ? Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':', 1)[0]
      : /^Bearer token-[a-z-]*?-((?:acme|lantern)-key)-\d+$/.exec(authorization)?.[1];
    expect([url, key]).toEqual([url, owners.get(projectId)]);
  }

  const alive = bff.browser();
  alive.setCookie('__Host-bff-session', ticket);
  expect((await alive.get('/session')).status).toBe(200);
}, 120_000);
