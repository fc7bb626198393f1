import { type Environment, type Plane } from '@bff/config';
import { type TenantRole } from '@bff/database';

/** What a tenant id looks like (docs/contract.md section 7). */
export const TENANT_ID = /^[a-z0-9-]{1,63}$/;

/** A business unit that owns exactly one Sinch project. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly environment: Environment;
  readonly plane: Plane;
}

/** A tenant as its administrators see it. */
export interface TenantRecord extends Tenant {
  /** Tells this record from any other that had or will have the same id (a UUID). */
  readonly recordId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What can be changed of a tenant; a field that is absent or undefined stays as it is. */
export type TenantChanges = { readonly [Field in keyof Omit<Tenant, 'id'>]?: Tenant[Field] | undefined };

export function withChanges(tenant: Tenant, changes: TenantChanges): Tenant {
  return {
    id: tenant.id,
    name: changes.name ?? tenant.name,
    projectId: changes.projectId ?? tenant.projectId,
    environment: changes.environment ?? tenant.environment,
    plane: changes.plane ?? tenant.plane,
  };
}

/** Whether a change sends a tenant's calls to another server, whose operator must not see the present secret. */
export function isServedElsewhere(
  before: Pick<Tenant, 'environment' | 'plane'>,
  after: Pick<Tenant, 'environment' | 'plane'>,
): boolean {
  return after.environment !== before.environment || after.plane !== before.plane;
}

/** A user's role on one tenant. */
export interface Membership {
  readonly tenant: Tenant;
  readonly role: TenantRole;
}
