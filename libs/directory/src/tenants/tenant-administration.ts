import { Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { isServedElsewhere, readTenant, TenantDirectory, type TenantRecord, withChanges } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';
import { CredentialAdministration } from '../credentials/credential-administration.js';
import { DirectoryWriter } from '../directory-writer.js';
import { type NewTenantInput, type TenantChangesInput } from '../inputs.js';
import { storedTenant } from './stored-tenant.js';
import { TenantWriter } from './tenant-writer.js';

/** A changed tenant, with the effect on its credentials. */
export interface TenantUpdate {
  readonly tenant: TenantRecord;
  readonly credentialsErased: boolean;
  /** Whether a token endpoint checked new credentials; undefined without new ones. */
  readonly checked: boolean | undefined;
}

/** Manages single tenants. */
@Injectable()
export class TenantAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly credentials: CredentialAdministration,
    private readonly directory: DirectoryWriter,
    private readonly writer: TenantWriter,
  ) {}

  /** @throws Problem `bff_conflict` if the id or the project is taken */
  async create(actor: Actor, tenant: NewTenantInput): Promise<TenantRecord> {
    await this.directory.write(actor, async (transaction) => {
      if ((await readTenant(transaction.orm, tenant.id)) !== undefined) throw new Problem('bff_conflict');
      await this.writer.put(transaction, tenant, { keepsEqualKey: false });
    });
    return this.tenants.get(tenant.id);
  }

  /**
   * Changes a tenant; omitted fields remain unchanged. New credentials are checked at the token endpoint of
   * the server that serves the tenant after the change.
   * @throws Problem `bff_tenant_not_found`, `bff_conflict`, or the errors of {@link
   * CredentialAdministration.set}
   */
  async update(
    actor: Actor,
    id: string,
    { credentials, ...changes }: TenantChangesInput,
  ): Promise<TenantUpdate> {
    const known = this.tenants.get(id);
    const requested = withChanges(known, changes);
    const checked = credentials && (await this.credentials.assertAccepted(actor, requested, credentials));
    const statement = {
      ...{ ...changes, id },
      ...(credentials && {
        credentials: { ...credentials, keySecret: new Secret(credentials.keySecret) },
      }),
    };
    const outcome = await this.directory.write(actor, async (transaction) => {
      const stored = await storedTenant(transaction, known);
      // The credentials were checked at the server of the requested tenant.
      if (credentials !== undefined && isServedElsewhere(requested, withChanges(stored, changes)))
        throw new Problem('bff_conflict');
      return this.writer.put(transaction, statement, { keepsEqualKey: true });
    });
    return { tenant: this.tenants.get(id), credentialsErased: outcome.credentials === 'erased', checked };
  }

  /** Removes a tenant with its credentials and memberships. @throws Problem `bff_tenant_not_found` */
  async remove(actor: Actor, id: string): Promise<void> {
    const known = this.tenants.get(id);
    await this.directory.write(actor, async (transaction) => {
      await storedTenant(transaction, known);
      await this.writer.remove(transaction, id);
    });
  }
}
