import { type PutOutcome, tenants } from '@bff/database';
import { isServedElsewhere, readTenant, type Tenant, type TenantChanges, withChanges } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { CredentialWriter, type CredentialsStatement } from '../credentials/credential-writer.js';
import { type DirectoryTransaction } from '../directory-writer.js';

/** The desired state of a tenant; absent fields and credentials remain unchanged. */
export interface TenantStatement extends TenantChanges, Pick<Tenant, 'id'> {
  readonly credentials?: CredentialsStatement | undefined;
}

export interface TenantOutcome {
  readonly tenant: PutOutcome;
  /** Null if the statement has no credentials and none were erased. */
  readonly credentials: PutOutcome | 'erased' | null;
}

const CHANGEABLE = ['name', 'projectId', 'environment', 'plane'] as const satisfies readonly (keyof Tenant)[];

@Injectable()
export class TenantWriter {
  constructor(private readonly credentials: CredentialWriter) {}

  /**
   * Creates or changes a tenant; a new one requires all fields. A change of environment or plane erases the
   * credentials, which must not be sent to another server, unless new ones are stated.
   * @param keepsEqualKey whether stated credentials that equal the stored ones survive a change of server:
   * the administration API checked them at the new server's token endpoint, unlike a directory file
   */
  async put(
    transaction: DirectoryTransaction,
    { credentials, ...statement }: TenantStatement,
    { keepsEqualKey }: { readonly keepsEqualKey: boolean },
  ): Promise<TenantOutcome> {
    const { id } = statement;
    const before = await readTenant(transaction.orm, id);
    const tenant = await this.putRecord(transaction, before, statement);
    const isMoved = before !== undefined && isServedElsewhere(before, withChanges(before, statement));
    if (credentials !== undefined) {
      const outcome = await this.credentials.putTenant(transaction, id, credentials);
      if (keepsEqualKey || !isMoved || outcome !== 'unchanged') return { tenant, credentials: outcome };
    }
    const isErased = isMoved && (await this.credentials.eraseTenant(transaction, id));
    return { tenant, credentials: isErased ? 'erased' : null };
  }

  /** Removes a tenant with its credentials and memberships. */
  async remove({ orm, note }: DirectoryTransaction, id: string): Promise<void> {
    await orm.delete(tenants).where(eq(tenants.id, id));
    note({ record: 'tenant', id, tenantId: id, action: 'removed' });
  }

  private async putRecord(
    { orm, note }: DirectoryTransaction,
    before: Tenant | undefined,
    statement: TenantStatement,
  ): Promise<PutOutcome> {
    const { id } = statement;
    if (before === undefined) {
      await orm.insert(tenants).values(complete(statement));
      note({ record: 'tenant', id, tenantId: id, action: 'created' });
      return 'created';
    }
    const after = withChanges(before, statement);
    const members = CHANGEABLE.filter((member) => before[member] !== after[member]);
    if (members.length === 0) return 'unchanged';
    await orm
      .update(tenants)
      .set({ ...after, updatedAt: new Date() })
      .where(eq(tenants.id, id));
    note({ record: 'tenant', id, tenantId: id, action: 'updated', members });
    return 'updated';
  }
}

function complete({ id, name, projectId, environment, plane }: TenantStatement): Tenant {
  if (name === undefined || projectId === undefined || environment === undefined || plane === undefined)
    throw new TypeError('A new tenant lacks a field');
  return { id, name, projectId, environment, plane };
}
