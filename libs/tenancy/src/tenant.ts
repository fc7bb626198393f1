import { type Environment, type Plane } from '@bff/config';
import { type TenantRole } from '@bff/database';

/** What a tenant id looks like (contract.md section 7). */
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
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A user's role on one tenant. */
export interface Membership {
  readonly tenant: Tenant;
  readonly role: TenantRole;
}
