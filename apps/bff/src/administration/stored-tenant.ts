import { type Orm } from '@bff/database';
import { Problem } from '@bff/problems';
import { readTenant, type TenantRecord } from '@bff/tenancy';

/**
 * The tenant that a change was asked for, as the transaction of the change sees it. The change waited for its turn: a tenant
 * that was created under the same id in the meantime is another one.
 * @throws Problem `bff_tenant_not_found`
 */
export async function storedTenant(
  orm: Orm,
  { id, recordId }: Pick<TenantRecord, 'id' | 'recordId'>,
): Promise<TenantRecord> {
  const stored = await readTenant(orm, id);
  if (stored?.recordId !== recordId) throw new Problem('bff_tenant_not_found');
  return stored;
}
