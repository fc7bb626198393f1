import { type TenantRole } from '@bff/database';
import { reaches } from '@bff/frontends';
import { type Caller } from './caller.js';
import { type Tenant } from './tenant.js';

/**
 * How a caller stands to a tenant. The rows of docs/contract.md section 5 begin with these five: a member
 * acts as that member, staff through the admin plane, a member of a tenant that only staff can serve has
 * nothing to do there, and to a stranger the tenant does not exist.
 */
export type Standing = 'viewer' | 'editor' | 'staff-elevated' | 'staff' | 'member-without-plane' | 'stranger';

/** Whether somebody may rise to elevated powers here: an admin on a frontend of class `admin`, and nobody else. */
export function isStaff({ user, frontend }: Pick<Caller, 'user' | 'frontend'>): boolean {
  return user.role === 'admin' && frontend.class === 'admin';
}

export function standingOf(tenant: Tenant, role: TenantRole | undefined, caller: Caller): Standing {
  if (!reaches(caller.frontend, tenant.id)) return 'stranger';
  if (tenant.plane === 'public' && role !== undefined) return role;
  if (isStaff(caller)) {
    return caller.elevation?.tenantId === tenant.id ? 'staff-elevated' : 'staff';
  }
  return role === undefined ? 'stranger' : 'member-without-plane';
}
