import { Problem } from '@bff/problems';
import { readTenant, type TenantRecord } from '@bff/tenancy';
import { type DirectoryTransaction } from '../directory-writer.js';

/**
 * Reads the tenant of a change in its transaction, and rejects another tenant that was created with the same
 * id while the change waited.
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
