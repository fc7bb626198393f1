import { describe, expect, it } from '@jest/globals';
import {
  decide,
  isTenantNeed,
  type Operation,
  type OperationName,
  OPERATIONS,
  type TenantNeed,
} from './access-table.js';
import { type Standing } from './standing.js';

const STANDINGS: readonly Standing[] = [
  'viewer',
  'editor',
  'staff-elevated',
  'staff',
  'member-without-plane',
  'stranger',
];

describe('the access table (AZT-01)', () => {
  it.each<[need: TenantNeed, granted: readonly Standing[], roleRequired: readonly Standing[]]>([
    ['acquaintance', ['viewer', 'editor', 'staff-elevated', 'staff', 'member-without-plane'], []],
    ['viewer', ['viewer', 'editor', 'staff-elevated', 'staff'], ['member-without-plane']],
    ['editor', ['editor', 'staff-elevated', 'staff'], ['viewer', 'member-without-plane']],
  ])(
    'an operation that needs %s is granted to %j and refused for their role to %j, and does not exist for the rest',
    (need, granted, roleRequired) => {
      for (const standing of STANDINGS) {
        const decision = granted.includes(standing)
          ? 'granted'
          : roleRequired.includes(standing)
            ? 'bff_role_required'
            : 'bff_tenant_not_found';
        expect([standing, decide(need, standing)]).toEqual([standing, decision]);
      }
    },
  );

  it('lets nobody write who may only read', () => {
    const rows = Object.entries<Operation>(OPERATIONS).filter(([, { path }]) =>
      path.includes('/:tenantId/w'),
    );
    for (const [name, { method, needs }] of rows) {
      expect([name, needs === 'editor']).toEqual([name, method !== 'GET']);
    }
  });

  it('asks for a standing wherever a tenant is named', () => {
    for (const [name, { path, needs }] of Object.entries<Operation>(OPERATIONS)) {
      expect([name, isTenantNeed(needs)]).toEqual([name, path.startsWith('/v1/tenants/:tenantId')]);
    }
  });

  it('opens administration to staff alone, and its writes to elevated staff', () => {
    for (const [name, { path, method, needs }] of Object.entries<Operation>(OPERATIONS)) {
      if (!path.startsWith('/v1/admin/')) continue;
      expect([name, needs]).toEqual([name, method === 'GET' ? 'staff' : 'administrator']);
    }
  });

  it('knows no two operations at one place', () => {
    const places = Object.values<Operation>(OPERATIONS).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('opens nothing without a session but signing in, signing out and what is to be read', () => {
    const open = (Object.keys(OPERATIONS) as OperationName[]).filter(
      (name) => OPERATIONS[name].needs === 'nothing',
    );
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
