import { type TenantRole } from '@bff/database';
import { reaches } from '@bff/frontends';
import { type Caller } from './caller.js';
import { type Tenant } from './tenant.js';

/**
 * The relation of a caller to a tenant (docs/contract.md section 5). A member of a public-plane tenant is a
 * `viewer` or an `editor`. An admin on an admin frontend uses the admin plane and must elevate for it. A
 * member of an admin-plane tenant has no access. For a caller without a relation, the tenant does not exist.
 */
export type TenantRelation =
  'viewer' | 'editor' | 'elevated-admin' | 'admin' | 'member-of-admin-tenant' | 'none';

/** Whether the caller is an admin on a frontend of class `admin`, where an elevation is possible. */
export function isAdmin({ user, frontend }: Pick<Caller, 'user' | 'frontend'>): boolean {
  return user.role === 'admin' && frontend.class === 'admin';
}

export function relationOf(tenant: Tenant, role: TenantRole | undefined, caller: Caller): TenantRelation {
  if (!reaches(caller.frontend, tenant.id)) return 'none';
  if (tenant.plane === 'public' && role !== undefined) return role;
  if (isAdmin(caller)) {
    return caller.elevation?.tenantId === tenant.id ? 'elevated-admin' : 'admin';
  }
  return role === undefined ? 'none' : 'member-of-admin-tenant';
}
