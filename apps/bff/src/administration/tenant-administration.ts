import { eraseTenantCredentials } from '@bff/credentials';
import { UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import {
  isServedElsewhere,
  putMembership,
  putTenant,
  readRoles,
  readTenant,
  removeMembership,
  removeTenant,
  type Tenant,
  TenantDirectory,
  type TenantRecord,
  withChanges,
} from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type TenantRole } from '@bff/database';
import { CredentialAdministration } from './credential-administration.js';
import { type DirectoryActor, DirectoryWriter } from './directory-writer.js';
import { type TenantChangesInput } from './record-inputs.js';
import { storedTenant } from './stored-tenant.js';

const CHANGEABLE = ['name', 'projectId', 'environment', 'plane'] as const satisfies readonly (keyof Tenant)[];

/** A membership as the admins of its tenant see it. */
export interface MemberRecord {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: TenantRole;
}

/** A changed tenant, and what became of its credentials. */
export interface TenantUpdate {
  readonly tenant: TenantRecord;
  readonly credentialsErased: boolean;
  /** Whether a token endpoint was asked about new credentials; undefined without any. */
  readonly checked: boolean | undefined;
}

/** Tenants and their members. */
@Injectable()
export class TenantAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly users: UserDirectory,
    private readonly credentials: CredentialAdministration,
    private readonly writer: DirectoryWriter,
  ) {}

  /** @throws Problem `bff_tenant_not_found` */
  read(id: string): TenantRecord {
    const tenant = this.tenants.find(id);
    if (tenant === undefined) throw new Problem('bff_tenant_not_found');
    return tenant;
  }

  /** @throws Problem `bff_conflict` where the id or the project is taken */
  async create(author: DirectoryActor, tenant: Tenant): Promise<TenantRecord> {
    const { id } = tenant;
    await this.writer.write(author, async (note, orm) => {
      if ((await readTenant(orm, id)) !== undefined) throw new Problem('bff_conflict');
      await putTenant(orm, tenant);
      note({ record: 'tenant', id, tenantId: id, action: 'created' });
    });
    return this.read(id);
  }

  /**
   * Fields that are not named stay as they are. A change of environment or plane erases the credentials, which must not
   * reach another server, unless it brings new ones; those are tried at the new server's token endpoint first.
   * @throws Problem `bff_tenant_not_found`, `bff_conflict`, or what {@link CredentialAdministration.set} throws
   */
  async update(
    author: DirectoryActor,
    id: string,
    { credentials, ...changes }: TenantChangesInput,
  ): Promise<TenantUpdate> {
    const known = this.read(id);
    const meant = withChanges(known, changes);
    const checked = credentials && (await this.credentials.assertAccepted(author, meant, credentials));
    const credentialsErased = await this.writer.write(author, async (note, orm, version) => {
      const stored = await storedTenant(orm, known);
      const outcome = await putTenant(orm, { ...changes, id });
      const members = CHANGEABLE.filter(
        (name) => changes[name] !== undefined && changes[name] !== stored[name],
      );
      if (outcome !== 'unchanged') note({ record: 'tenant', id, tenantId: id, action: 'updated', members });
      if (credentials !== undefined) {
        // The endpoint that was asked must be the one that will be.
        if (isServedElsewhere(meant, withChanges(stored, changes))) throw new Problem('bff_conflict');
        await this.credentials.put(orm, version, id, credentials, note);
        return false;
      }
      const isErased =
        isServedElsewhere(stored, withChanges(stored, changes)) && (await eraseTenantCredentials(orm, id));
      if (isErased) note({ record: 'credentials', id, tenantId: id, action: 'removed' });
      return isErased;
    });
    return { tenant: this.read(id), credentialsErased, checked };
  }

  /** Removes a tenant with its credentials and memberships. @throws Problem `bff_tenant_not_found` */
  async remove(author: DirectoryActor, id: string): Promise<void> {
    const known = this.read(id);
    await this.writer.write(author, async (note, orm) => {
      await storedTenant(orm, known);
      await removeTenant(orm, id);
      note({ record: 'tenant', id, tenantId: id, action: 'removed' });
    });
  }

  /** In the order of the user ids. @throws Problem `bff_tenant_not_found` */
  members(tenantId: string): readonly MemberRecord[] {
    this.read(tenantId);
    return [...this.tenants.membersOf(tenantId)].map(([userId, role]) => this.member(userId, role));
  }

  /** Makes somebody a member, or changes their role. @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async putMember(
    author: DirectoryActor,
    tenantId: string,
    userId: string,
    role: TenantRole,
  ): Promise<MemberRecord> {
    const tenant = this.read(tenantId);
    if (this.users.accountWithId(userId) === undefined) throw new Problem('bff_not_found');
    await this.writer.write(author, async (note, orm) => {
      await storedTenant(orm, tenant);
      const known = (await readRoles(orm, userId)).get(tenantId);
      if (known === role) return;
      await putMembership(orm, userId, tenantId, role);
      const action = known === undefined ? 'created' : 'updated';
      note({ record: 'membership', id: userId, tenantId, action, members: ['role'], role });
    });
    return this.member(userId, role);
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async removeMember(author: DirectoryActor, tenantId: string, userId: string): Promise<void> {
    const tenant = this.read(tenantId);
    if (!this.tenants.membersOf(tenantId).has(userId)) throw new Problem('bff_not_found');
    await this.writer.write(author, async (note, orm) => {
      await storedTenant(orm, tenant);
      if (!(await readRoles(orm, userId)).has(tenantId)) throw new Problem('bff_not_found');
      await removeMembership(orm, userId, tenantId);
      note({ record: 'membership', id: userId, tenantId, action: 'removed' });
    });
  }

  private member(userId: string, role: TenantRole): MemberRecord {
    const { email = '', name = '' } = this.users.accountWithId(userId)?.user ?? {};
    return { userId, email, name, role };
  }
}
