import { describe, expect, it } from '@jest/globals';
import { isTenantNeed } from '@bff/tenancy';
import { type RouteDefinition, type RouteName, ROUTES } from './routes.js';

describe('the route table (AZT-01)', () => {
  it('viewers may read the resources of the upstream but not write them', () => {
    const rows = Object.entries<RouteDefinition>(ROUTES).filter(([, { path }]) =>
      path.includes('/:tenantId/w'),
    );
    for (const [name, { method, needs }] of rows) {
      expect([name, needs === 'editor']).toEqual([name, method !== 'GET']);
    }
  });

  it('every route with a tenant in its path needs a relation to that tenant', () => {
    for (const [name, { path, needs }] of Object.entries<RouteDefinition>(ROUTES)) {
      expect([name, isTenantNeed(needs)]).toEqual([name, path.startsWith('/v1/tenants/:tenantId')]);
    }
  });

  it('only admins may read under /v1/admin, and only elevated admins may write there', () => {
    for (const [name, { path, method, needs }] of Object.entries<RouteDefinition>(ROUTES)) {
      if (!path.startsWith('/v1/admin/')) continue;
      expect([name, needs]).toEqual([name, method === 'GET' ? 'admin' : 'elevated-admin']);
    }
  });

  it('no two routes have the same method and path', () => {
    const places = Object.values<RouteDefinition>(ROUTES).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('only sign-in, sign-out, the home page and the documentation need no session', () => {
    const open = (Object.keys(ROUTES) as RouteName[]).filter((name) => ROUTES[name].needs === 'nothing');
    expect(open).toEqual([
      'home',
      'documentation.document',
      'documentation.page',
      'session.create',
      'session.end',
      'session.login',
      'session.callback',
      'session.backchannel-logout',
    ]);
  });
});
