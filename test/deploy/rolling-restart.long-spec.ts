import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NODES_START_MS, ProductionNodes } from './production-nodes.js';
import { describeWithProxies, Proxy, type ProxyName } from './proxy.js';
import { StaticFrontend } from './static-frontend.js';
import { SteadyLoad } from './steady-load.js';

const PER_SECOND = 300;
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
    'loses no request through %s, and sends each write upstream exactly once (RES-13)',
    async (name) => {
      const { sinch, nodes } = production;
      sinch.reset();
      const proxy = await Proxy.start(name, production.ports, frontend);
      const load = new SteadyLoad(proxy, await production.signedIn(), PER_SECOND);
      for (const node of nodes) expect(await node.restart()).toBe(0);
      await load.end();
      await proxy.stop();
      process.stderr.write(`${name}: ${load.sent} requests, ${load.rate.toFixed(0)} per second\n`);
      expect(load.lost).toEqual([]);
      const received = sinch.all.requests
        .filter(({ method, url }) => method === 'POST' && url.endsWith('/comments'))
        .map(({ body }) => (JSON.parse(body) as { comment: string }).comment);
      expect(received.sort()).toEqual(load.comments.sort());
      expect(received.length).toBeGreaterThan(500);
    },
    RESTARTS_MS,
  );
});
