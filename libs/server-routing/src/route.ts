import { type Environment, type Plane, type Servers, type UpstreamServer } from '@bff/config';
import { type ProblemCode } from '@bff/problems';
import { type TenantRelation, type Tenant, type TenantRecord } from '@bff/tenancy';

/** The owner of the credentials of a call: the tenant, or the admin plane of an environment. */
export type Authority =
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly recordId: string }
  | { readonly kind: 'admin'; readonly environment: Environment };

/** The server and the authority of a call. */
export interface Route {
  readonly server: UpstreamServer;
  readonly authority: Authority;
}

export type Refusal = Extract<
  ProblemCode,
  'bff_tenant_not_found' | 'bff_role_required' | 'bff_elevation_required'
>;

/**
 * Hop 5: selects the server and the authority of a call from the tenant's record and the caller's relation to
 * it, never from the request. A pure function; calls and `GET /v1/tenants/{id}/route` use it
 * (docs/contract.md section 5).
 */
export function routeFor(
  tenant: Tenant & Pick<TenantRecord, 'recordId'>,
  relation: TenantRelation,
  servers: Servers,
): Route | Refusal {
  switch (relation) {
    case 'viewer':
    case 'editor':
      return {
        server: serverFor(tenant, 'public', servers),
        authority: { kind: 'tenant', tenantId: tenant.id, recordId: tenant.recordId },
      };
    case 'elevated-admin':
      return {
        server: serverFor(tenant, 'admin', servers),
        authority: { kind: 'admin', environment: tenant.environment },
      };
    case 'admin':
      return 'bff_elevation_required';
    case 'member-of-admin-tenant':
      return 'bff_role_required';
    case 'none':
      return 'bff_tenant_not_found';
  }
}

function serverFor({ environment }: Tenant, plane: Plane, servers: Servers): UpstreamServer {
  switch (plane) {
    case 'public':
      return servers.public[environment];
    case 'admin':
      return servers.admin[environment];
  }
}
