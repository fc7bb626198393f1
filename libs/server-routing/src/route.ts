import { type Environment, type Plane, type Servers, type UpstreamServer } from '@bff/config';
import { type ProblemCode } from '@bff/problems';
import { type Standing, type Tenant, type TenantRecord } from '@bff/tenancy';

/** Whose credentials a call uses: the tenant's own, or the admin ones of an environment. */
export type Authority =
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly recordId: string }
  | { readonly kind: 'admin'; readonly environment: Environment };

/** Where a call goes and as whom. */
export interface Route {
  readonly server: UpstreamServer;
  readonly authority: Authority;
}

export type Refusal = Extract<
  ProblemCode,
  'bff_tenant_not_found' | 'bff_role_required' | 'bff_elevation_required'
>;

/**
 * Hop 5: the server and the authority of a call, from the tenant's record and the caller's standing to it,
 * never from the request. Pure and total; the call itself and `GET /v1/tenants/{id}/route` both ask here
 * (docs/contract.md section 5).
 */
export function routeFor(
  tenant: Tenant & Pick<TenantRecord, 'recordId'>,
  standing: Standing,
  servers: Servers,
): Route | Refusal {
  switch (standing) {
    case 'viewer':
    case 'editor':
      return {
        server: serverFor(tenant, 'public', servers),
        authority: { kind: 'tenant', tenantId: tenant.id, recordId: tenant.recordId },
      };
    case 'staff-elevated':
      return {
        server: serverFor(tenant, 'admin', servers),
        authority: { kind: 'admin', environment: tenant.environment },
      };
    case 'staff':
      return 'bff_elevation_required';
    case 'member-without-plane':
      return 'bff_role_required';
    case 'stranger':
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
