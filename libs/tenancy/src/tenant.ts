import { type Environment, type Plane } from '@bff/config';
import { type TenantRole } from '@bff/database';

/** The format of tenant ids (docs/contract.md section 7). */
export const TENANT_ID = /^[a-z0-9-]{1,63}$/;

/** A business unit that owns exactly one Sinch project. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly environment: Environment;
  readonly plane: Plane;
}

/** A tenant with the columns that only admins see. */
export interface TenantRecord extends Tenant {
  /** A UUID that identifies the record; another record with the same tenant id has another value. */
  readonly recordId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The changeable fields of a tenant; an absent or undefined field is not changed. */
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

/** Whether a change moves a tenant to another server, whose operator must not receive the current secret. */
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
