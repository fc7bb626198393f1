import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type Program, Programs } from '../support/program.js';
import { RawClient } from '../support/raw-client.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const DRAIN_MS = 4_000;
const EXIT_MS = 30_000;
/** Timeout for the start of two processes on a machine that may be busy. */
const START_MS = 60_000;
const origin = 'https://console.bff.test';
const account = '/v1/tenants/acme/whatsapp';
/**
 * More than the kernel buffers for a client that does not read; a multiple of 1 MiB, which is read at a
 * steady rate.
 */
const large = { filler: 'x'.repeat(15 * 1024 * 1024) };
const LARGE_BYTES = JSON.stringify(large).length;

const home = mkdtempSync(join(tmpdir(), 'bff-drain-'));
const programs = new Programs();
const browsers: Browser[] = [];
let database: TestDatabase;
let sinch: SixUpstreams;

beforeAll(async () => {
  sinch = await startSixUpstreams();
  database = await lastingDatabase();
  const file = join(home, 'directory.yaml');
  const editor = { ...the.editor, memberships: [{ tenant: 'acme', role: 'editor' }] };
  writeFileSync(file, JSON.stringify({ tenants: [the.acme], users: [editor] }));
  const applied = await programs.run('bff', { args: ['apply', file], environment: environment() });
  expect(applied.stderr).toBe('');
}, START_MS);
afterAll(async () => {
  for (const browser of browsers) browser.close();
  await programs.killAll();
  await sinch.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

function environment(drainMs = DRAIN_MS): Record<string, string> {
  return {
    ...sinch.environment(),
    BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin }]),
    BFF_PORT: '0',
    BFF_MANAGEMENT_PORT: '0',
    BFF_DRAIN_SECONDS: String(drainMs / 1_000),
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
}

interface Node {
  readonly program: Program;
  readonly port: number;
  readonly editor: Browser;
  readonly probe: Browser;
  /** The bytes of a request of the editor. */
  readonly request: (line: string, more?: string) => string;
}

async function startNode(drainMs = DRAIN_MS): Promise<Node> {
  const program = programs.start('service', { environment: environment(drainMs) });
  const { port, managementPort } = await program.listening();
  const host = new URL(origin).host;
  const [editor, probe] = [port, managementPort].map((to) => new Browser({ port: to, host, origin }));
  if (editor === undefined || probe === undefined) throw new Error('Two browsers were made');
  browsers.push(editor, probe);
  await editor.signIn(the.editor);
  const cookies = [...editor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const request = (line: string, more = ''): string =>
    `${line} HTTP/1.1\r\nHost: ${host}\r\nX-CSRF: 1\r\nCookie: ${cookies}\r\n${more}\r\n`;
  return { program, port, editor, probe, request };
}

it(
  'after SIGTERM requests are served during the drain, then every kind of connection ends, and the exit code is 0 (RES-13)',
  async () => {
    const { program, port, editor, probe, request } = await startNode();
    let answerNow = (): void => undefined;
    const held = new Promise<void>((done) => (answerNow = done));
    sinch.production.answer(async ({ url, method }) => {
      if (url.includes('/activities')) return { body: large };
      if (method === 'GET') await held;
      return { body: { done: method } };
    });
    const silent = await RawClient.open(port);
    const halfHeader = await RawClient.open(port, `GET ${account} HTTP/1.1\r\nHost: conso`);
    const json = 'Content-Type: application/json\r\nContent-Length: 15\r\n';
    const halfBody = await RawClient.open(port, `${request(`POST ${account}/comments`, json)}{"comme`);
    const inFlight = await RawClient.open(port, request(`GET ${account}`));
    const reader = await RawClient.open(port, request(`GET ${account}/activities`), false);
    await eventually(() => expect(sinch.production.requests).toHaveLength(2), { withinMs: 5_000 });

    program.signal('SIGTERM');
    const signalledAt = performance.now();
    await eventually(async () => expect((await probe.get('/health/ready')).status).toBe(503), {
      withinMs: 1_000,
    });
    reader.readSlowly(1024 * 1024, 800);
    const served = await editor.get('/session');
    const newcomer = await RawClient.open(port, request('GET /session'));
    await newcomer.closed;
    expect([served.status, served.headers.connection]).toEqual([200, 'close']);
    expect(newcomer.received).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*connection: close\r\n/i);
    expect([silent.isClosed, halfHeader.isClosed]).toEqual([false, false]);
    expect((await probe.get('/health/ready')).json).toMatchObject({ status: 'draining' });

    await Promise.all([silent.closed, halfHeader.closed]);
    const closedAfterMs = performance.now() - signalledAt;
    expect(closedAfterMs).toBeGreaterThan(DRAIN_MS - 50);
    expect(closedAfterMs).toBeLessThan(DRAIN_MS + 5_000);
    expect([silent.received, halfHeader.received]).toEqual(['', '']);
    await expect(RawClient.open(port)).rejects.toThrow('ECONNREFUSED');
    expect((await probe.get('/health/live')).status).toBe(200);
    expect([inFlight.isClosed, halfBody.isClosed, reader.isClosed]).toEqual([false, false, false]);

    halfBody.socket.write('nt":"x"}');
    answerNow();
    await Promise.all([inFlight.closed, halfBody.closed, reader.closed]);
    expect(inFlight.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"done":"GET"\}$/);
    expect(halfBody.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"done":"POST"\}$/);
    expect(reader.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reader.receivedBytes - reader.received.indexOf('\r\n\r\n') - 4).toBe(LARGE_BYTES);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    const comments = sinch.production.requests.filter(({ method }) => method === 'POST');
    expect(comments.map(({ body }) => body)).toEqual(['{"comment":"x"}']);
  },
  START_MS,
);

it(
  'SIGINT closes the listener at once, and ends the drain that SIGTERM began',
  async () => {
    const { program, port } = await startNode(60_000);
    program.signal('SIGTERM');
    const newcomer = await RawClient.open(port);
    program.signal('SIGINT');
    const signalledAt = performance.now();
    await newcomer.closed;
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - signalledAt).toBeLessThan(60_000);
  },
  START_MS,
);

it(
  'a client that does not read and a body that does not arrive delay the exit by at most 30 s (RES-13, RES-14)',
  async () => {
    const { program, port, request } = await startNode();
    sinch.production.answer({ body: large });
    const before = sinch.production.requests.length;
    const reader = await RawClient.open(port, request(`GET ${account}/activities`), false);
    await eventually(() => expect(sinch.production.requests).toHaveLength(before + 1), { withinMs: 5_000 });
    const json = 'Content-Type: application/json\r\nContent-Length: 15\r\n';
    const halfBody = await RawClient.open(port, `${request(`POST ${account}/comments`, json)}{"comme`);
    await RawClient.open(port, request('GET /session')).then(({ closed }) => closed);
    program.signal('SIGTERM');
    const signalledAt = performance.now();
    await halfBody.closed;
    expect(halfBody.received).toMatch(/^HTTP\/1\.1 408 [^]*"errorCode":"bff_request_timeout"/);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - signalledAt).toBeLessThan(DRAIN_MS + EXIT_MS);
    reader.readSlowly(LARGE_BYTES, 0);
    await reader.closed;
    expect(reader.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reader.receivedBytes).toBeLessThan(LARGE_BYTES);
  },
  START_MS + EXIT_MS,
);
