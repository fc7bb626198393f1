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

let fixture: ProcessesFixture;
beforeAll(async () => {
  fixture = await ProcessesFixture.start();
}, 120_000);
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
