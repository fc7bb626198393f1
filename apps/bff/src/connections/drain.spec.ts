import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { RawClient } from '../../../../test/support/raw-client.js';
import { clientErrorResponder } from '../http/client-errors.js';
import { Drain, type DrainLimits } from './drain.js';
import { OpenConnections } from './open-connections.js';

const large = Buffer.alloc(24 * 1024 * 1024, 'x');
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const halfBody = 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345';

/** Connects, sends a request, and posts everything that it receives until the connection closes. */
const CONNECTING_CLIENT = `
  const { connect } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  let received = '';
  const socket = connect(workerData.port, '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n', () => {
      Atomics.store(workerData.isConnected, 0, 1);
      Atomics.notify(workerData.isConnected, 0);
    }),
  );
  socket.on('data', (chunk) => (received += chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => parentPort.postMessage(received));
`;

let server: Server;
let connections: OpenConnections;
let port = 0;
let accepted = 0;
let held: ServerResponse[] = [];
let events: string[] = [];
let release: () => void = () => undefined;

beforeEach(async () => {
  [held, events, accepted] = [[], [], 0];
  server = createServer({ requestTimeout: 1_200, headersTimeout: 1_200, connectionsCheckingInterval: 50 });
  server.on('request', (request, response) => {
    accepted += 1;
    if (request.url === '/held') held.push(response);
    else if (request.url === '/large') response.end(large);
    else request.resume().on('end', () => response.end('done'));
  });
  server.on(
    'clientError',
    clientErrorResponder(() => undefined),
  );
  connections = new OpenConnections();
  connections.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  release();
  server.closeAllConnections();
});

function drain(limits: Partial<DrainLimits>, close = (): Promise<void> => Promise.resolve()): Drain {
  return new Drain(
    {
      connections,
      markNotReady: () => events.push('not ready'),
      close: () => {
        events.push('close');
        return close();
      },
      warn: (message) => events.push(message),
    },
    { serveMs: 0, finishMs: 5_000, exitMs: 10_000, ...limits },
  );
}

const hasAccepted = (requests: number): Promise<void> =>
  eventually(() => expect(accepted).toBe(requests), { withinMs: 2_000 });

it('serves new connections until the listener closes, and closes each connection after its response (RES-13)', async () => {
  const early = await RawClient.open(port, get('/held'));
  await hasAccepted(1);
  const draining = drain({ serveMs: 60_000 });
  const ended = draining.begin();
  expect(events).toEqual(['not ready']);
  const late = await RawClient.open(port, get('/'));
  held[0]?.end('held');
  for (const client of [early, late]) {
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n/);
  }
  void draining.beginNow();
  await ended;
  await expect(RawClient.open(port)).rejects.toThrow('ECONNREFUSED');
  expect(events).toEqual(['not ready', 'close']);
});

it('closes idle connections at once, those without a request after 500 ms, and lets the others finish (RES-13)', async () => {
  const idle = await RawClient.open(port, get('/'));
  const silent = await RawClient.open(port);
  const halfHeader = await RawClient.open(port, 'GET / HTTP/1.1\r\nHos');
  const inFlight = await RawClient.open(port, get('/held'));
  const body = await RawClient.open(port, halfBody);
  const reader = await RawClient.open(port, get('/large'), false);
  await hasAccepted(4);
  await eventually(
    () => expect([idle.received, connections.count]).toEqual([expect.stringMatching(/done$/), 6]),
    {
      withinMs: 2_000,
    },
  );
  reader.readSlowly(1024 * 1024, 50);
  const ended = drain({}).begin();
  await idle.closed;
  expect([silent.isClosed, halfHeader.isClosed]).toEqual([false, false]);
  await Promise.all([silent.closed, halfHeader.closed]);
  expect([silent.received, halfHeader.received]).toEqual(['', '']);
  expect([inFlight.isClosed, body.isClosed, reader.isClosed]).toEqual([false, false, false]);
  body.socket.write('67890');
  held[0]?.end('finished');
  await ended;
  await Promise.all([inFlight.closed, body.closed, reader.closed]);
  expect(inFlight.received).toMatch(/finished$/);
  expect(body.received).toMatch(/^HTTP\/1\.1 200 [^]*done$/);
  expect(reader.receivedBytes).toBeGreaterThan(large.length);
  expect(events).toEqual(['not ready', 'close']);
});

it('serves the first request of a connection that was opened just before the listener closed (RES-13)', async () => {
  const client = await RawClient.open(port);
  await eventually(() => expect(connections.count).toBe(1), { withinMs: 2_000 });
  const ended = drain({}).begin();
  await eventually(() => expect(server.listening).toBe(false), { withinMs: 2_000 });
  client.socket.write('POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1');
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n[^]*done$/);
  await ended;
});

it('serves a connection that was established but not accepted when the drain period ended (RES-13)', async () => {
  const isConnected = new Int32Array(new SharedArrayBuffer(4));
  const client = new Worker(CONNECTING_CLIENT, { eval: true, workerData: { port, isConnected } });
  const received = once(client, 'message').then(([text]) => text as string);
  // Blocks the event loop, so that the listener has not accepted the connection.
  Atomics.wait(isConnected, 0, 0, 10_000);
  expect([isConnected[0], connections.count]).toEqual([1, 0]);
  await connections.stopListening();
  expect(await received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*done$/);
  await client.terminate();
});

it('the request time-out still ends an incomplete body after the listener has closed (RES-14)', async () => {
  const body = await RawClient.open(port, halfBody);
  await hasAccepted(1);
  await drain({}).begin();
  await body.closed;
  expect(body.received).toMatch(/^HTTP\/1\.1 408 [^]*bff_request_timeout/);
  expect(events).toEqual(['not ready', 'close']);
});

it('aborts connections that do not finish in time: an incomplete body gets 408, a response is truncated', async () => {
  server.requestTimeout = 0;
  const body = await RawClient.open(port, halfBody);
  const reader = await RawClient.open(port, get('/large'), false);
  const inFlight = await RawClient.open(port, get('/held'));
  await hasAccepted(3);
  await drain({ finishMs: 200 }).begin();
  expect(events).toEqual(['not ready', expect.stringMatching(/3 connections .* are aborted$/), 'close']);
  await Promise.all([body.closed, inFlight.closed]);
  expect(body.received).toMatch(/^HTTP\/1\.1 408 /);
  expect(inFlight.received).toBe('');
  reader.readSlowly(large.length, 0);
  await reader.closed;
  expect(reader.receivedBytes).toBeLessThan(large.length);
});

it('ends in time even if closing hangs', async () => {
  const hangs = new Promise<void>((done) => (release = done));
  await drain({ exitMs: 100 }, () => hangs).begin();
  expect(events).toEqual(['not ready', 'close', expect.stringMatching(/exits without waiting/)]);
});
