import { loadConfig, type UpstreamServer } from '@bff/config';
import { afterEach, expect, it } from '@jest/globals';
import { ServerPools } from './server-pools.js';

const pools = new ServerPools(loadConfig({}));
afterEach(() => pools.onApplicationShutdown());

it.each([
  ['https://upstream.example.com', ''],
  ['https://upstream.example.com/', ''],
  ['https://upstream.example.com/staging', '/staging'],
  ['https://upstream.example.com/a/b/', '/a/b'],
])('the requests to the server %s begin with the path "%s"', (url, basePath) => {
  const server = { url: new URL(url) } as UpstreamServer;
  expect(pools.to(server).basePath).toBe(basePath);
});
