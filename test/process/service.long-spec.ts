import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Program } from '../support/program.js';
import { rawExchange } from '../support/raw.js';
import { ProcessesFixture, stackLine } from './processes-fixture.js';

const fixture = new ProcessesFixture();
beforeAll(() => fixture.start(), 120_000);
beforeEach(() => fixture.sinch.reset());
afterEach(() => fixture.endTest());
afterAll(() => fixture.close());

async function within<Result>(milliseconds: number, promise: Promise<Result>): Promise<Result> {
  const late = pause(milliseconds, undefined, { ref: false }).then(() => {
    throw new Error(`It took longer than ${milliseconds} ms`);
  });
  return Promise.race([promise, late]);
}

/** A listener on a port that the service is configured to use. */
async function takenPort(): Promise<{ readonly port: string; readonly free: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() };
}

/** Expects one line on standard error with the cause, and no other output. */
function expectOneClearLine(program: Program, about: string | RegExp): void {
  expect(program.stderrLines).toHaveLength(1);
  expect(program.stderr).toMatch(about);
  expect(program.stderr).not.toMatch(stackLine);
  expect(program.stdout).toBe('');
}

describe('the service does not start', () => {
  it.each(['BFF_PORT', 'BFF_MANAGEMENT_PORT'])(
    'and exits with 1 and one line when %s is taken',
    async (name) => {
      const taken = await takenPort();
      const folder = fixture.filledFolder();
      const program = await fixture.programs.run('service', {
        environment: fixture.environmentIn(folder, { [name]: taken.port }),
      });
      taken.free();
      expect(program.code).toBe(1);
      expectOneClearLine(program, taken.port);
      expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
    },
  );

  it('and exits with 1 and one line when another service has the same embedded directory', async () => {
    const second = await fixture.programs.run('service', {
      environment: fixture.environmentIn(fixture.shared.folder),
    });
    expect(second.code).toBe(1);
    expectOneClearLine(second, join(fixture.shared.folder, 'directory'));
    await fixture.shared.service.signedIn();
  });
});

describe('the two ports', () => {
  it.each<[path: string, type: RegExp, body: RegExp]>([
    ['/health/live', /^application\/json/, /"status":"alive"/],
    ['/health/ready', /^application\/json/, /"status":"ready","directory":"reachable"/],
    ['/health/ready?verbose=1', /^application\/json/, /"status":"ready"/],
    ['/metrics', /^text\/plain/, /^# TYPE bff_requests_total counter$/m],
  ])('%s is served only on the management port (LOG-12)', async (path, type, body) => {
    const answer = await fixture.shared.service.management().get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.text).toMatch(body);
    expect(answer.headers).not.toHaveProperty('server');
    expect((await fixture.shared.service.browser().get(path)).status).toBe(404);
    expect((await (await fixture.shared.service.signedIn()).get(path)).status).toBe(404);
  });

  it.each([
    '/',
    '/session',
    '/sessions',
    '/v1/tenants',
    '/v1/tenants/acme/whatsapp',
    '/health',
    '/health/live/',
  ])('%s is not served on the management port', async (path) => {
    const answer = await fixture.shared.service.management().get(path);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ errorCode: 'bff_route_not_found' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'])(
    '%s is rejected with 405 on the management port',
    async (method) => {
      const answer = await fixture.shared.service.management().request(method, '/health/live');
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    },
  );

  it.each(['constructor', '__proto__', 'toString', '/constructor', '/__proto__'])(
    'the management port has no page %s',
    async (path) => {
      const head = await rawExchange(
        fixture.shared.service.managementPort,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(head).toMatch(/^HTTP\/1\.1 40[04] /);
    },
  );
});

describe('the service ends', () => {
  it('on SIGTERM with 0, after the requests in flight, and takes no new ones (RES-13)', async () => {
    const { program, port, management, signedIn } = await fixture.startService(fixture.filledFolder());
    const [browser, idle, probe] = [await signedIn(), await signedIn(), management()];
    const arrived = fixture.sinch.production.nextRequest();
    let answerNow = (): void => undefined;
    fixture.sinch.production.answer(async () => {
      await new Promise<void>((done) => (answerNow = done));
      return { body: { late: true } };
    });
    const answer = browser.get('/v1/tenants/acme/whatsapp');
    await arrived;

    program.signal('SIGTERM');
    await eventually(
      async () => {
        const ready = await probe.get('/health/ready');
        expect([ready.status, ready.json]).toEqual([503, expect.objectContaining({ status: 'draining' })]);
      },
      { withinMs: 2_000 },
    );
    expect((await probe.get('/health/live')).status).toBe(200);
    await eventually(() => expect(rawExchange(port, 'x')).rejects.toThrow('ECONNREFUSED'), {
      withinMs: 2_000,
    });
    await expect(idle.get('/session')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);

    answerNow();
    expect((await answer).json).toEqual({ late: true });
    expect(await within(5_000, program.ended)).toEqual({ code: 0, signal: null });
    expect(program.requests.at(-1)).toMatchObject({ operation: 'account.read', status: 200 });
    expect(program.stderr).toBe('');
  });

  it('on SIGINT, even if repeated, with 0, and releases the directory', async () => {
    const folder = fixture.filledFolder();
    const { program, browser } = await fixture.startService(folder);
    await browser().get('/session');
    program.signal('SIGINT');
    program.signal('SIGINT');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    expect(program.requests).toHaveLength(1);
    expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
  });
});
