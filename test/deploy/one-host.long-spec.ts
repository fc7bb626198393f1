import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { NODES_START_MS, ProductionNodes } from './production-nodes.js';
import { describeWithProxies, HOST, Proxy, type ProxyName } from './proxy.js';
import { INDEX, SCRIPT, StaticFrontend } from './static-frontend.js';

describeWithProxies('a static frontend and the service on one host', () => {
  let production: ProductionNodes;
  let frontend: StaticFrontend;
  let proxies: Record<ProxyName, Proxy>;
  beforeAll(async () => {
    [production, frontend] = await Promise.all([ProductionNodes.start(), StaticFrontend.start()]);
    const [nginx, haproxy] = await Promise.all([
      Proxy.start('nginx', production.ports, frontend),
      Proxy.start('haproxy', production.ports, frontend),
    ]);
    proxies = { nginx, haproxy };
  }, NODES_START_MS);
  afterAll(async () => {
    for (const proxy of Object.values(proxies)) await proxy.stop();
    await production.stop();
    await frontend.stop();
  });

  describe.each<ProxyName>(['nginx', 'haproxy'])('%s', (name) => {
    it.each([
      ['/', 200, INDEX],
      ['/accounts/acme', 200, INDEX],
      ['/session', 401, 'bff_session_required'],
      ['/sessions', 401, 'bff_session_required'],
      ['/session/login?returnTo=/', 404, 'bff_route_not_found'],
      ['/v1/tenants', 401, 'bff_session_required'],
      ['/v1/unknown', 404, 'bff_route_not_found'],
    ])('answers %s with %i', async (path, status, text) => {
      const answer = await proxies[name].request(path, { accept: 'text/html' });
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
    });

    it('gives the service the address of the client and not the one that the client chose (PRX-08)', async () => {
      const answer = await proxies[name].request('/session', { 'x-forwarded-for': '203.0.113.7' });
      const { 'x-request-id': requestId } = answer.headers;
      const logged = (): unknown[] =>
        production.nodes
          .flatMap(({ program }) => program.requests)
          .filter(({ id }) => id === requestId)
          .map(({ client }) => client);
      await eventually(() => expect(logged()).toEqual(['127.0.0.1']), { withinMs: 5_000 });
    });
  });

  it('nginx serves assets for a year, and neither dot files, links nor folders', async () => {
    const { nginx } = proxies;
    const script = await nginx.request('/assets/app.js');
    expect([script.status, script.text]).toEqual([200, SCRIPT]);
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'application/javascript',
      'x-content-type-options': 'nosniff',
    });
    const statuses = {
      '/.env': 404,
      '/link': 404,
      '/assets': 404,
      '/assets/': 404,
      '/assets/old.js': 404,
      '/x.png': 404,
    };
    for (const [path, status] of Object.entries(statuses))
      expect([path, (await nginx.request(path)).status]).toEqual([path, status]);
    const page = await nginx.request('/', { accept: 'text/html' });
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    });
  });

  it('nginx lets a body above the limit be rejected by the service', async () => {
    const headers = { 'content-type': 'application/json', origin: `https://${HOST}` };
    const body = JSON.stringify({ email: 'x'.repeat(1024 * 1024) });
    const answer = await proxies.nginx.request('/session', headers, { method: 'POST', body });
    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining('bff_payload_too_large')]);
  });

  it('nginx rejects hosts that it does not know', async () => {
    expect((await proxies.nginx.request('/session', { host: 'other.example.com' })).status).toBe(421);
  });

  it('haproxy sends no request to a node that drains', async () => {
    const [node] = production.nodes;
    node?.program.signal('SIGTERM');
    await eventually(() => expect(proxies.haproxy.output).toMatch(/nodes\/node-1 is DOWN/), {
      withinMs: 4_000,
    });
    expect(await node?.program.ended).toEqual({ code: 0, signal: null });
  });
});
