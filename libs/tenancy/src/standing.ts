import { type TenantRole } from '@bff/database';
import { reaches } from '@bff/frontends';
import { type Caller } from './caller.js';
import { type Tenant } from './tenant.js';

/**
 * How a caller stands to a tenant. The rows of contract.md section 5 begin with these five:
 * a member acts as that member, staff through the admin plane, a member of a tenant that only staff can serve has
 * nothing to do there, and to a stranger the tenant does not exist.
 */
export type Standing = 'viewer' | 'editor' | 'staff-elevated' | 'staff' | 'member-without-plane' | 'stranger';

export function standingOf(tenant: Tenant, role: TenantRole | undefined, caller: Caller): Standing {
  if (!reaches(caller.frontend, tenant.id)) return 'stranger';
  if (tenant.plane === 'public' && role !== undefined) return role;
  if (caller.user.role === 'admin' && caller.frontend.class === 'admin') {
    return caller.elevation?.tenantId === tenant.id ? 'staff-elevated' : 'staff';
  }
  return role === undefined ? 'stranger' : 'member-without-plane';
}
