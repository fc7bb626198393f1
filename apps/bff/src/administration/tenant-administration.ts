import { type Author } from '@bff/audit';
import { UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import {
  putMembership,
  putTenant,
  readRoles,
  readTenant,
  removeMembership,
  removeTenant,
  type Tenant,
  TenantDirectory,
  type TenantRecord,
} from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type TenantRole } from '@bff/database';
import { DirectoryWriter } from './directory-writer.js';

const CHANGEABLE = ['name', 'projectId', 'environment', 'plane'] as const satisfies readonly (keyof Tenant)[];

/** A membership as its tenant's administrators see it. */
export interface MemberRecord {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: TenantRole;
}

/** Tenants and their members. */
@Injectable()
export class TenantAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly users: UserDirectory,
    private readonly writer: DirectoryWriter,
  ) {}

  /** @throws Problem `bff_tenant_not_found` */
  read(id: string): TenantRecord {
    const tenant = this.tenants.find(id);
    if (tenant === undefined) throw new Problem('bff_tenant_not_found');
    return tenant;
  }

  /** @throws Problem `bff_conflict` where the id or the project is taken */
  async create(author: Author, tenant: Tenant): Promise<TenantRecord> {
    const { id } = tenant;
    await this.writer.write(author, async (note, orm) => {
      if ((await readTenant(orm, id)) !== undefined) throw new Problem('bff_conflict');
      await putTenant(orm, tenant);
      note({ record: 'tenant', id, tenantId: id, action: 'created' });
    });
    return this.read(id);
  }

  /** Members that are not named stay as they are. @throws Problem `bff_tenant_not_found`, `bff_conflict` */
  async update(author: Author, id: string, changes: Partial<Omit<Tenant, 'id'>>): Promise<TenantRecord> {
    await this.writer.write(author, async (note, orm) => {
      const known = await readTenant(orm, id);
      if (known === undefined) throw new Problem('bff_tenant_not_found');
      if ((await putTenant(orm, { ...changes, id })) === 'unchanged') return;
      const members = CHANGEABLE.filter(
        (name) => changes[name] !== undefined && changes[name] !== known[name],
      );
      note({ record: 'tenant', id, tenantId: id, action: 'updated', members });
    });
    return this.read(id);
  }

  /** Removes a tenant with its credentials and memberships. @throws Problem `bff_tenant_not_found` */
  async remove(author: Author, id: string): Promise<void> {
    await this.writer.write(author, async (note, orm) => {
      if ((await readTenant(orm, id)) === undefined) throw new Problem('bff_tenant_not_found');
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
  async putMember(author: Author, tenantId: string, userId: string, role: TenantRole): Promise<MemberRecord> {
    this.read(tenantId);
    if (this.users.accountWithId(userId) === undefined) throw new Problem('bff_not_found');
    await this.writer.write(author, async (note, orm) => {
      const known = (await readRoles(orm, userId)).get(tenantId);
      if (known === role) return;
      await putMembership(orm, userId, tenantId, role);
      const action = known === undefined ? 'created' : 'updated';
      note({ record: 'membership', id: userId, tenantId, action, members: ['role'], role });
    });
    return this.member(userId, role);
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async removeMember(author: Author, tenantId: string, userId: string): Promise<void> {
    this.read(tenantId);
    if (!this.tenants.membersOf(tenantId).has(userId)) throw new Problem('bff_not_found');
    await this.writer.write(author, async (note, orm) => {
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
