import { memberships, type Orm, type PutOutcome, type TenantRole, tenants } from '@bff/database';
import { and, eq } from 'drizzle-orm';
import { type Tenant, type TenantChanges, type TenantRecord, withChanges } from './tenant.js';

/** A tenant as an operator states it; fields that are absent stay as they are. */
export type TenantStatement = Pick<Tenant, 'id'> & TenantChanges;

export async function readTenant(orm: Orm, id: string): Promise<TenantRecord | undefined> {
  const [row] = await orm.select().from(tenants).where(eq(tenants.id, id));
  return row;
}

export async function readTenants(orm: Orm): Promise<readonly Tenant[]> {
  return orm.select().from(tenants);
}

/** Creates or changes a tenant. A new one must have every member. */
export async function putTenant(orm: Orm, statement: TenantStatement): Promise<PutOutcome> {
  const known = await readTenant(orm, statement.id);
  if (known === undefined) {
    await orm.insert(tenants).values(complete(statement));
    return 'created';
  }
  const tenant = withChanges(known, statement);
  const members = ['name', 'projectId', 'environment', 'plane'] as const;
  if (members.every((member) => known[member] === tenant[member])) return 'unchanged';
  await orm
    .update(tenants)
    .set({ ...tenant, updatedAt: new Date() })
    .where(eq(tenants.id, tenant.id));
  return 'updated';
}

/** Removes a tenant with its credentials and memberships. */
export async function removeTenant(orm: Orm, id: string): Promise<void> {
  await orm.delete(tenants).where(eq(tenants.id, id));
}

/** The roles of one user by tenant id. */
export async function readRoles(orm: Orm, userId: string): Promise<ReadonlyMap<string, TenantRole>> {
  const rows = await orm.select().from(memberships).where(eq(memberships.userId, userId));
  return new Map(rows.map(({ tenantId, role }) => [tenantId, role]));
}

export async function putMembership(
  orm: Orm,
  userId: string,
  tenantId: string,
  role: TenantRole,
): Promise<void> {
  await orm
    .insert(memberships)
    .values({ userId, tenantId, role })
    .onConflictDoUpdate({
      target: [memberships.userId, memberships.tenantId],
      set: { role, updatedAt: new Date() },
    });
}

export async function removeMembership(orm: Orm, userId: string, tenantId: string): Promise<void> {
  await orm
    .delete(memberships)
    .where(and(eq(memberships.userId, userId), eq(memberships.tenantId, tenantId)));
}

function complete({ id, name, projectId, environment, plane }: TenantStatement): Tenant {
  if (name === undefined || projectId === undefined || environment === undefined || plane === undefined)
    throw new TypeError('A new tenant lacks a field');
  return { id, name, projectId, environment, plane };
}
