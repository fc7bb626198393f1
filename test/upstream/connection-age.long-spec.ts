import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** An upstream on IPv6 that never closes a connection. */
const upstream = createServer({ keepAliveTimeout: 0 }, (_request, response) =>
  response.setHeader('content-type', 'application/json').end('{"a":1}'),
);
let connections = 0;
upstream.on('connection', () => (connections += 1));

let bff: Bff;
beforeAll(async () => {
  upstream.listen(0, '::1');
  await once(upstream, 'listening');
  const url = `http://[::1]:${(upstream.address() as AddressInfo).port}`;
  bff = await startBff({ environment: { SINCH_STAGING_URL: url } });
});
afterAll(async () => {
  await bff.close();
  upstream.closeAllConnections();
  upstream.close();
});

it('a connection takes no call after 30 seconds, so that new addresses of the upstream take effect', async () => {
  const browser = await bff.signedIn(the.editor);
  const startedAt = performance.now();
  // undici measures the age of connections; no clock can be injected. Idle connections are closed after 4 s.
  while (performance.now() - startedAt < 29_000) {
    expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
    await pause(1_000);
  }
  expect(connections).toBe(1);
  await pause(2_000);
  expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
  expect(connections).toBe(2);
}, 120_000);
