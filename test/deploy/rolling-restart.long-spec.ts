import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ProductionNodes } from './production-nodes.js';
import { describeWithProxies, Proxy, type ProxyName } from './proxy.js';
import { StaticFrontend } from './static-frontend.js';
import { SteadyLoad } from './steady-load.js';

const PER_SECOND = 300;
/** Three drains of 5 s, three starts, and what a busy machine adds. */
const RESTARTS_MS = 180_000;

describeWithProxies('a rolling restart of three nodes under load', () => {
  let frontend: StaticFrontend;
  let production: ProductionNodes | undefined;
  beforeAll(async () => {
    frontend = await StaticFrontend.start();
  });
  afterEach(async () => {
    await production?.stop();
  });
  afterAll(async () => {
    await frontend.stop();
  });

  it.each<[proxy: ProxyName, kind: string, holdsSockets: boolean]>([
    // It has no active health checks, and sends requests to a node that restarts.
    ['nginx', 'whose sockets systemd holds', true],
    ['haproxy', 'that listen themselves', false],
  ])(
    'loses no request through %s to nodes %s, and sends no write upstream twice (RES-13)',
    async (name, _, holdsSockets) => {
      production = await ProductionNodes.start({ holdsSockets });
      const { sinch, nodes, ports } = production;
      const proxy = await Proxy.start(name, ports, frontend);
      const load = new SteadyLoad(proxy, await production.signedIn(), PER_SECOND);
      for (const node of nodes) expect(await node.restart()).toBe(0);
      await load.end();
      await proxy.stop();
      process.stderr.write(`${name}: ${load.sent} requests, ${load.rate.toFixed(0)} per second\n`);
      expect(load.lost).toEqual([]);
      const received = sinch.all.requests
        .filter(({ method, url }) => method === 'POST' && url.endsWith('/comments'))
        .map(({ body }) => (JSON.parse(body) as { comment: string }).comment);
      expect(received.sort()).toEqual(load.comments.toSorted());
      expect(received.length).toBeGreaterThan(500);
    },
    RESTARTS_MS,
  );
});
