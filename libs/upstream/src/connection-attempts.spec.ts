import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import {
  connect,
  getDefaultAutoSelectFamilyAttemptTimeout,
  type LookupFunction,
  setDefaultAutoSelectFamilyAttemptTimeout,
  type Socket,
} from 'node:net';
import { Worker } from 'node:worker_threads';
import { buildConnector } from 'undici';
import { setConnectionAttemptTimeout } from './connection-attempts.js';

/**
 * Listens on 127.0.0.1 with a backlog of one, and accepts no connection until the first integer of the shared
 * memory is 1.
 */
const SLOW_SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => response.end());
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(workerData, 0, 0));
  });
`;
const [IPV4, IPV6] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const lookupOf =
  (...addresses: { address: string; family: number }[]): LookupFunction =>
  (_host, _options, callback) =>
    callback(null, addresses);

let accepting: Int32Array;
let server: Worker;
let port: number;
let waiting: Socket[] = [];
const before = getDefaultAutoSelectFamilyAttemptTimeout();
afterAll(() => setDefaultAutoSelectFamilyAttemptTimeout(before));

function accept(): void {
  Atomics.store(accepting, 0, 1);
  Atomics.notify(accepting, 0);
}

describe('a host with one address that refuses connections', () => {
  beforeEach(async () => {
    accepting = new Int32Array(new SharedArrayBuffer(4));
    server = new Worker(SLOW_SERVER, { eval: true, workerData: accepting });
    [port] = (await once(server, 'message')) as [number];
    // Fills the backlog, so that the kernel drops the next SYN and the client repeats it after one second.
    waiting = Array.from({ length: 2 }, () => connect(port, '127.0.0.1'));
    await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  });
  afterEach(async () => {
    for (const socket of waiting) socket.destroy();
    accept();
    await server.terminate();
  });
  it('is reached by upstream calls at its slow address', async () => {
    setConnectionAttemptTimeout(10_000);
    const socket = await new Promise<Socket>((resolve, reject) => {
      buildConnector({ lookup: lookupOf(IPV4, IPV6) })(
        { hostname: 'dual.test', protocol: 'http:', port: String(port) },
        (error, connected) => (error === null ? resolve(connected) : reject(error)),
      );
      setTimeout(accept, 400);
    });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('is reached by token requests at its slow address', async () => {
    setConnectionAttemptTimeout(10_000);
    const asked = request({ host: 'dual.test', port, lookup: lookupOf(IPV4, IPV6), agent: false }).end();
    setTimeout(accept, 400);
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
    asked.destroy();
  });

  it('is reached at its other address without a wait', async () => {
    setDefaultAutoSelectFamilyAttemptTimeout(60_000);
    accept();
    const socket = connect({ host: 'dual.test', port, lookup: lookupOf(IPV6, IPV4) });
    // Exceeds the test timeout if the client waits for the refused attempt.
    await once(socket, 'connect');
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });
});

it.each([
  [10_000, 2_500],
  [600_000, 2_500],
  [2_000, 500],
  [1, 10],
])(
  'an upstream timeout of %i ms gives each address %i ms (the minimum of Node is 10 ms)',
  (total, attempt) => {
    setConnectionAttemptTimeout(total);
    expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(attempt);
  },
);
