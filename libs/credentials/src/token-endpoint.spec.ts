import { UPSTREAM_LIMITS } from '@bff/config';
import { Problem } from '@bff/problems';
import { beforeEach, expect, it } from '@jest/globals';
import { TokenEndpoint } from './token-endpoint.js';

let now = 0;
const config = { nodes: 3, upstreamLimits: UPSTREAM_LIMITS, monotonic: () => now, upstreamTimeoutMs: 0 };
let endpoint: TokenEndpoint;
beforeEach(() => {
  now = 1_000;
  endpoint = new TokenEndpoint(config);
});

const answer = (status: number) => () => Promise.resolve({ status });

it('all nodes together stay within the rate limit of the endpoint: 30 at once, 10 per second', async () => {
  for (let request = 0; request < 10; request += 1) await endpoint.request(answer(200));
  await expect(endpoint.request(answer(200))).rejects.toMatchObject({ errorCode: 'bff_overloaded' });
  now += 300;
  await endpoint.request(answer(200));
  await expect(endpoint.request(answer(200))).rejects.toBeInstanceOf(Problem);
});

it('a request waits for its turn', async () => {
  endpoint = new TokenEndpoint({ ...config, upstreamTimeoutMs: 1_000 });
  for (let request = 0; request < 10; request += 1) await endpoint.request(answer(200));
  const startedAt = performance.now();
  await endpoint.request(answer(200));
  expect(performance.now() - startedAt).toBeGreaterThan(250);
});

it.each([
  [503, true],
  [500, true],
  [401, false],
  [429, false],
])('after five answers %i the endpoint is left alone for a while: %s', async (status, isOpen) => {
  for (let request = 0; request < 5; request += 1) await endpoint.request(answer(status));
  const next = endpoint.request(answer(200)).then(
    () => false,
    (problem: Problem) => problem.errorCode === 'bff_upstream_unavailable',
  );
  expect(await next).toBe(isOpen);
});

it('failed connections count too, and the error is that of the request', async () => {
  const error = new Error('refused');
  for (let request = 0; request < 5; request += 1)
    await expect(endpoint.request(() => Promise.reject(error))).rejects.toBe(error);
  await expect(endpoint.request(answer(200))).rejects.toMatchObject({
    errorCode: 'bff_upstream_unavailable',
  });
  now += 5_000;
  expect(await endpoint.request(answer(200))).toEqual({ status: 200 });
});
