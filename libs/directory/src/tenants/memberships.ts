import { memberships, type PutOutcome, type TenantRole } from '@bff/database';
import { readRoles } from '@bff/tenancy';
import { and, eq } from 'drizzle-orm';
import { type DirectoryTransaction } from '../directory-writer.js';

export interface StatedMembership {
  readonly tenant: string;
  readonly role: TenantRole;
}

export interface MembershipOutcome {
  readonly tenant: string;
  readonly outcome: PutOutcome | 'removed';
}

/**
 * Creates or changes memberships of one user; others remain unchanged.
 * @param prune whether other memberships are removed
 */
export async function putMemberships(
  transaction: DirectoryTransaction,
  userId: string,
  stated: readonly StatedMembership[],
  { prune = false } = {},
): Promise<readonly MembershipOutcome[]> {
  const before = await readRoles(transaction.orm, userId);
  const outcomes: MembershipOutcome[] = [];
  for (const { tenant, role } of stated) {
    const known = before.get(tenant);
    const outcome = known === undefined ? 'created' : known === role ? 'unchanged' : 'updated';
    if (outcome !== 'unchanged') await putMembership(transaction, userId, { tenant, role }, outcome);
    outcomes.push({ tenant, outcome });
  }
  if (!prune) return outcomes;
  for (const tenant of before.keys()) {
    if (stated.some((one) => one.tenant === tenant)) continue;
    await removeMembership(transaction, userId, tenant);
    outcomes.push({ tenant, outcome: 'removed' });
  }
  return outcomes;
}

/** @returns whether the membership existed */
export async function removeMembership(
  { orm, note }: DirectoryTransaction,
  userId: string,
  tenantId: string,
): Promise<boolean> {
  const removed = await orm
    .delete(memberships)
    .where(and(eq(memberships.userId, userId), eq(memberships.tenantId, tenantId)))
    .returning({ tenantId: memberships.tenantId });
  if (removed.length === 0) return false;
  note({ record: 'membership', id: userId, tenantId, action: 'removed' });
  return true;
}

async function putMembership(
  { orm, note }: DirectoryTransaction,
  userId: string,
  { tenant: tenantId, role }: StatedMembership,
  action: 'created' | 'updated',
): Promise<void> {
  await orm
    .insert(memberships)
    .values({ userId, tenantId, role })
    .onConflictDoUpdate({
      target: [memberships.userId, memberships.tenantId],
      set: { role, updatedAt: new Date() },
    });
  note({ record: 'membership', id: userId, tenantId, action, members: ['role'], role });
}
