import { Problem } from '@bff/problems';
import { readTenant, type TenantRecord } from '@bff/tenancy';
import { type DirectoryTransaction } from '../directory-writer.js';

/**
 * The tenant of a change as its transaction reads it. The change waited for its turn: a tenant that was created with the
 * same id in the meantime is another one.
 * @throws Problem `bff_tenant_not_found`
 */
export async function storedTenant(
  { orm }: DirectoryTransaction,
  { id, recordId }: Pick<TenantRecord, 'id' | 'recordId'>,
): Promise<TenantRecord> {
  const stored = await readTenant(orm, id);
  if (stored?.recordId !== recordId) throw new Problem('bff_tenant_not_found');
  return stored;
}
