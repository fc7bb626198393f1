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

/** Listens on 127.0.0.1 with a queue of one, and accepts nothing until the first integer of its memory is 1. */
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

describe('a host with an address that refuses', () => {
  beforeEach(async () => {
    accepting = new Int32Array(new SharedArrayBuffer(4));
    server = new Worker(SLOW_SERVER, { eval: true, workerData: accepting });
    [port] = (await once(server, 'message')) as [number];
    // Fills the queue, so that the kernel drops the next SYN and the client repeats it a second later.
    waiting = Array.from({ length: 2 }, () => connect(port, '127.0.0.1'));
    await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  });
  afterEach(async () => {
    for (const socket of waiting) socket.destroy();
    accept();
    await server.terminate();
  });
  it('is reached at its slow address by upstream calls', async () => {
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

  it('is reached at its slow address by token requests', async () => {
    setConnectionAttemptTimeout(10_000);
    const asked = request({ host: 'dual.test', port, lookup: lookupOf(IPV4, IPV6), agent: false }).end();
    setTimeout(accept, 400);
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
    asked.destroy();
  });

  it('is reached at the other address without waiting', async () => {
    setDefaultAutoSelectFamilyAttemptTimeout(60_000);
    accept();
    const socket = connect({ host: 'dual.test', port, lookup: lookupOf(IPV6, IPV4) });
    // Fails at the time limit of a test if the refused attempt is waited for.
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
])('a call of %i ms gives an address %i ms (10 at least in Node)', (total, attempt) => {
  setConnectionAttemptTimeout(total);
  expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(attempt);
});
