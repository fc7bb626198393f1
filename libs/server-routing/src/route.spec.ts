import { ENVIRONMENTS, FRONTEND_CLASSES, loadConfig, PLANES } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { type Caller, type TenantRelation, relationOf, type Tenant, type TenantRecord } from '@bff/tenancy';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { routeFor } from './route.js';

const { servers } = loadConfig({});

const frontend = fc.record({
  class: fc.constantFrom(...FRONTEND_CLASSES),
  tenants: fc.constantFrom<string[] | undefined>(undefined, ['acme'], ['orchard']),
});
type RoutedTenant = Tenant & Pick<TenantRecord, 'recordId'>;

const tenant: fc.Arbitrary<RoutedTenant> = fc.record({
  recordId: fc.uuid(),
  id: fc.constantFrom('acme', 'orchard'),
  name: fc.string(),
  projectId: fc.uuid(),
  environment: fc.constantFrom(...ENVIRONMENTS),
  plane: fc.constantFrom(...PLANES),
});
const role = fc.constantFrom(undefined, 'viewer' as const, 'editor' as const);
const elevatedFor = fc.constantFrom<string | null | undefined>(undefined, null, 'acme', 'orchard');

const tuple = fc.record({
  tenant,
  role,
  frontend,
  userRole: fc.constantFrom('user' as const, 'admin' as const),
  elevatedFor,
});
type Tuple = typeof tuple extends fc.Arbitrary<infer Value> ? Value : never;

function callerOf({ frontend, userRole, elevatedFor }: Tuple): Caller {
  const { frontends } = loadConfig({
    BFF_FRONTENDS: JSON.stringify([{ name: 'f', origin: 'https://f.example.com', ...frontend }]),
  });
  const found = new FrontendRegistry(frontends).atHost('f.example.com');
  if (found === undefined) throw new Error('The frontend is missing');
  const elevation =
    elevatedFor === undefined
      ? null
      : { id: 'e', tenantId: elevatedFor, reason: 'A reason that is long enough', expiresAt: 1 };
  return { user: { id: 'u', role: userRole }, frontend: found, elevation };
}

/** A second implementation of the table in docs/contract.md section 5. */
function expected({ tenant, role, frontend, userRole, elevatedFor }: Tuple): string {
  const admin = userRole === 'admin' && frontend.class === 'admin';
  if (frontend.tenants !== undefined && !frontend.tenants.includes(tenant.id)) return 'bff_tenant_not_found';
  if (tenant.plane === 'public' && role !== undefined)
    return `public ${tenant.environment} as tenant ${tenant.id}`;
  if (admin && elevatedFor === tenant.id) return `admin ${tenant.environment} as admin ${tenant.environment}`;
  if (admin) return 'bff_elevation_required';
  if (tenant.plane === 'admin' && role !== undefined) return 'bff_role_required';
  return 'bff_tenant_not_found';
}

function actual(given: Tuple): string {
  const route = routeFor(given.tenant, relationOf(given.tenant, given.role, callerOf(given)), servers);
  if (typeof route === 'string') return route;
  const { server, authority } = route;
  const owner =
    authority.kind === 'tenant' ? `tenant ${authority.tenantId}` : `admin ${authority.environment}`;
  return `${server.plane} ${server.environment} as ${owner}`;
}

describe('routing', () => {
  it('selects for every tenant and caller the server and authority of the contract (AZT-10)', () => {
    fc.assert(
      fc.property(tuple, (given) => {
        expect(actual(given)).toBe(expected(given));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[userRole: 'user' | 'admin', frontendClass: 'internal' | 'partner', elevatedFor: string]>([
    ['admin', 'internal', 'acme'],
    ['admin', 'partner', 'acme'],
    ['user', 'internal', 'acme'],
  ])(
    'never reaches the admin plane for a %s on a frontend of class %s, even with an elevation (ELV-09)',
    (userRole, frontendClass, elevatedFor) => {
      const given: Tuple = {
        tenant: {
          recordId: 'r',
          id: 'acme',
          name: 'Acme',
          projectId: 'p',
          environment: 'production',
          plane: 'admin',
        },
        role: undefined,
        frontend: { class: frontendClass, tenants: undefined },
        userRole,
        elevatedFor,
      };
      expect(actual(given)).toBe('bff_tenant_not_found');
    },
  );

  it('depends only on its arguments', () => {
    const acme: RoutedTenant = {
      recordId: 'r',
      id: 'acme',
      name: 'Acme',
      projectId: 'p',
      environment: 'staging',
      plane: 'public',
    };
    const relations: TenantRelation[] = [
      'viewer',
      'editor',
      'admin',
      'elevated-admin',
      'member-of-admin-tenant',
      'none',
    ];
    for (const relation of relations) {
      expect(routeFor(acme, relation, servers)).toEqual(routeFor(acme, relation, servers));
    }
  });
});
