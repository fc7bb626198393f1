import { describe, expect, it } from '@jest/globals';
import {
  decide,
  isTenantNeed,
  type RouteDefinition,
  type RouteName,
  ROUTES,
  type TenantNeed,
} from './routes.js';
import { type TenantRelation } from './tenant-relation.js';

const RELATIONS: readonly TenantRelation[] = [
  'viewer',
  'editor',
  'elevated-admin',
  'admin',
  'member-of-admin-tenant',
  'none',
];

describe('the route table (AZT-01)', () => {
  it.each<[need: TenantNeed, granted: readonly TenantRelation[], roleRequired: readonly TenantRelation[]]>([
    ['related', ['viewer', 'editor', 'elevated-admin', 'admin', 'member-of-admin-tenant'], []],
    ['viewer', ['viewer', 'editor', 'elevated-admin', 'admin'], ['member-of-admin-tenant']],
    ['editor', ['editor', 'elevated-admin', 'admin'], ['viewer', 'member-of-admin-tenant']],
  ])(
    'a route that needs %s is granted to %j and refused for their role to %j, and does not exist for the rest',
    (need, granted, roleRequired) => {
      for (const relation of RELATIONS) {
        const decision = granted.includes(relation)
          ? 'granted'
          : roleRequired.includes(relation)
            ? 'bff_role_required'
            : 'bff_tenant_not_found';
        expect([relation, decide(need, relation)]).toEqual([relation, decision]);
      }
    },
  );

  it('lets nobody write who may only read', () => {
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

  it('admins alone may read administration, and elevated admins alone may write it', () => {
    for (const [name, { path, method, needs }] of Object.entries<RouteDefinition>(ROUTES)) {
      if (!path.startsWith('/v1/admin/')) continue;
      expect([name, needs]).toEqual([name, method === 'GET' ? 'admin' : 'elevated-admin']);
    }
  });

  it('no two routes have the same method and path', () => {
    const places = Object.values<RouteDefinition>(ROUTES).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('opens nothing without a session but signing in, signing out and what is to be read', () => {
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
