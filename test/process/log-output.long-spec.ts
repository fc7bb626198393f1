import { type ChildProcess, execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { freePort, repository } from '../support/program.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';

/**
 * Exceeds the unread output: 64 KiB in the pipe, a block in flight and 1 MiB of lines; an access line has
 * over 200 bytes.
 */
const MORE_LINES_THAN_FIT = 6_500;
const ENDS_WITHIN_MS = 10_000;

const home = mkdtempSync(join(tmpdir(), 'bff-log-output-'));
const fifo = join(home, 'fifo');
const descriptors: number[] = [];
let database: TestDatabase;
let service: ChildProcess | undefined;
let ports: { readonly traffic: number; readonly management: number };

beforeAll(async () => {
  execFileSync('mkfifo', [fifo]);
  database = await lastingDatabase();
  ports = { traffic: await freePort(), management: await freePort() };
});
afterEach(() => {
  service?.kill('SIGKILL');
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
});
afterAll(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

const opened = (path: string, flags: string): number => {
  const descriptor = openSync(path, flags);
  descriptors.push(descriptor);
  return descriptor;
};

async function page(path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${ports.management}${path}`);
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.text();
}

async function startService(stdout: 'pipe' | number): Promise<ChildProcess> {
  const stdio: StdioOptions = ['ignore', stdout, 'ignore'];
  service = spawn(process.execPath, [join(repository, 'dist/bin/service.js')], {
    stdio,
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      BFF_PORT: String(ports.traffic),
      BFF_MANAGEMENT_PORT: String(ports.management),
      BFF_FRONTENDS: '[{"name":"console","class":"internal","origin":"https://console.bff.test"}]',
      ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    },
  });
  await eventually(() => page('/health/ready'), { withinMs: 100_000 });
  return service;
}

/** Sends consecutive requests on one connection. @returns the number of responses with 401 */
function request(count: number): Promise<number> {
  return new Promise((done, fail) => {
    const get = 'GET /session HTTP/1.1\r\nHost: console.bff.test\r\nX-CSRF: 1\r\n';
    const socket = connect(ports.traffic, '127.0.0.1', () => {
      socket.write(`${get}\r\n`.repeat(count - 1) + `${get}Connection: close\r\n\r\n`);
    });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', fail);
    socket.on('close', () => done(text.split('HTTP/1.1 401 ').length - 1));
  });
}

async function droppedLines(): Promise<number> {
  return Number(/^bff_log_lines_dropped_total (\d+)$/m.exec(await page('/metrics'))?.[1]);
}

/** Outputs that accept no log lines. */
const OUTPUTS = {
  'a full volume': { requests: 200, start: () => startService(opened('/dev/full', 'w')) },
  'a pipe that is not read': {
    requests: MORE_LINES_THAN_FIT,
    // Open for reading as well, so that the pipe has a reader.
    start: () => startService(opened(fifo, 'r+')),
  },
  'a pipe whose reader has left': {
    requests: 200,
    start: async () => {
      const started = await startService('pipe');
      started.stdout?.destroy();
      return started;
    },
  },
};

it.each(Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[])(
  'a service whose standard output is %s answers every request, counts the lost lines and ends on SIGTERM',
  async (output) => {
    const { requests, start } = OUTPUTS[output];
    const started = await start();
    expect(await request(requests)).toBe(requests);
    await eventually(async () => expect(await droppedLines()).toBeGreaterThan(100), { withinMs: 5_000 });
    expect(await request(1)).toBe(1);

    const signalledAt = performance.now();
    started.kill('SIGTERM');
    expect(await once(started, 'exit')).toEqual([0, null]);
    expect(performance.now() - signalledAt).toBeLessThan(ENDS_WITHIN_MS);
  },
  180_000,
);
