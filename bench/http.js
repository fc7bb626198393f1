import { Buffer } from 'node:buffer';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export const keepAliveAgent = () => new Agent({ keepAlive: true });

/** One exchange, taken in whole; unlike `fetch` it lets the `Host` header be chosen. */
export function exchange(url, { method = 'GET', headers = {}, body, agent } = {}) {
  return new Promise((done, fail) => {
    const startedAt = performance.now();
    const outgoing = request(url, { method, headers, agent, timeout: 10_000 }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () =>
        done({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          ms: performance.now() - startedAt,
        }),
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer in time`)));
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
