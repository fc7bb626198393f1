import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NODES_START_MS, ProductionNodes } from './production-nodes.js';
import { describeWithProxies, Proxy, type ProxyName } from './proxy.js';
import { StaticFrontend } from './static-frontend.js';
import { SteadyLoad } from './steady-load.js';

const PER_SECOND = 300;
/**
 * Writes that may be lost. nginx has no active health checks: it sends requests until a connection fails, and the kernel
 * resets a connection that is established in the instant in which the listener closes. nginx repeats a read then.
 */
const LOST_WRITES: Readonly<Record<ProxyName, number>> = { nginx: 3, haproxy: 0 };
/** Three drains of 5 s, three starts, and what a busy machine adds. */
const RESTARTS_MS = 180_000;

describeWithProxies('a rolling restart of three nodes under load', () => {
  let production: ProductionNodes;
  let frontend: StaticFrontend;
  beforeAll(async () => {
    [production, frontend] = await Promise.all([ProductionNodes.start(), StaticFrontend.start()]);
  }, NODES_START_MS);
  afterAll(async () => {
    await production.stop();
    await frontend.stop();
  });

  it.each<ProxyName>(['nginx', 'haproxy'])(
    'loses no request through %s that it can repeat, and sends no write upstream twice (RES-13)',
    async (name) => {
      const { sinch, nodes } = production;
      sinch.reset();
      const proxy = await Proxy.start(name, production.ports, frontend);
      const load = new SteadyLoad(proxy, await production.signedIn(), PER_SECOND);
      for (const node of nodes) expect(await node.restart()).toBe(0);
      await load.end();
      await proxy.stop();
      process.stderr.write(`${name}: ${load.sent} requests, ${load.rate.toFixed(0)} per second\n`);
      expect(load.lost.filter((what) => !what.startsWith('write'))).toEqual([]);
      expect(load.lost.length).toBeLessThanOrEqual(LOST_WRITES[name]);
      const received = sinch.all.requests
        .filter(({ method, url }) => method === 'POST' && url.endsWith('/comments'))
        .map(({ body }) => (JSON.parse(body) as { comment: string }).comment);
      expect(new Set(received).size).toBe(received.length);
      expect(received.length).toBeGreaterThanOrEqual(load.comments.length - load.lost.length);
      expect(received.length).toBeGreaterThan(500);
    },
    RESTARTS_MS,
  );
});
