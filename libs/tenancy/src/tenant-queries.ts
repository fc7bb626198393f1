import { memberships, type Orm, type TenantRole, tenants } from '@bff/database';
import { eq } from 'drizzle-orm';
import { type Tenant, type TenantRecord } from './tenant.js';

export async function readTenant(orm: Orm, id: string): Promise<TenantRecord | undefined> {
  const [row] = await orm.select().from(tenants).where(eq(tenants.id, id));
  return row;
}

export async function readTenants(orm: Orm): Promise<readonly Tenant[]> {
  return orm.select().from(tenants);
}

/** The roles of one user by tenant id. */
export async function readRoles(orm: Orm, userId: string): Promise<ReadonlyMap<string, TenantRole>> {
  const rows = await orm.select().from(memberships).where(eq(memberships.userId, userId));
  return new Map(rows.map(({ tenantId, role }) => [tenantId, role]));
}
