import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RawClient } from '../../../../test/support/raw-client.js';
import { OpenConnections } from './open-connections.js';
import { StalledWrites } from './stalled-writes.js';

const large = Buffer.alloc(24 * 1024 * 1024, 'x').toString('latin1');
const request = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

let server: Server;
let port = 0;
beforeEach(async () => {
  server = createServer((_request, response) => response.end(large, 'latin1'));
  new OpenConnections().watch(server, new StalledWrites({ stallMs: 300, checkMs: 30 }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('a client that does not read is disconnected, and its response is released (RES-14)', async () => {
  const closedHere = once(server, 'connection').then(([socket]) =>
    once(socket as RawClient['socket'], 'close'),
  );
  const client = await RawClient.open(port, request, false);
  const startedAt = performance.now();
  await closedHere;
  expect(performance.now() - startedAt).toBeGreaterThan(250);
  client.readSlowly(large.length, 0);
  await client.closed;
  expect(client.receivedBytes).toBeLessThan(large.length);
});

it('a client that reads slowly but steadily receives the complete response, regardless of its duration', async () => {
  const client = await RawClient.open(port, request, false);
  const startedAt = performance.now();
  client.readSlowly(1024 * 1024, 40);
  await client.closed;
  expect(client.receivedBytes).toBeGreaterThan(large.length);
  expect(performance.now() - startedAt).toBeGreaterThan(600);
});
