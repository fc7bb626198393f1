import { type TenantRole } from '@bff/database';
import { UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import { TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';
import { DirectoryWriter } from '../directory-writer.js';
import { putMemberships, removeMembership } from './memberships.js';
import { storedTenant } from './stored-tenant.js';

/** A member of a tenant, with the user's name and address. */
export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: TenantRole;
}

/** Manages single members of a tenant. */
@Injectable()
export class MemberAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly users: UserDirectory,
    private readonly directory: DirectoryWriter,
  ) {}

  /** Lists the members in the order of their user ids. @throws Problem `bff_tenant_not_found` */
  list(tenantId: string): readonly Member[] {
    this.tenants.get(tenantId);
    return [...this.tenants.membersOf(tenantId)].map(([userId, role]) => this.member(userId, role));
  }

  /**
   * Adds a user to a tenant, or changes their role.
   * @throws Problem `bff_tenant_not_found`, `bff_not_found`
   */
  async put(actor: Actor, tenantId: string, userId: string, role: TenantRole): Promise<Member> {
    const tenant = this.tenants.get(tenantId);
    if (this.users.accountWithId(userId) === undefined) throw new Problem('bff_not_found');
    await this.directory.write(actor, async (transaction) => {
      await storedTenant(transaction, tenant);
      await putMemberships(transaction, userId, [{ tenant: tenantId, role }]);
    });
    return this.member(userId, role);
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async remove(actor: Actor, tenantId: string, userId: string): Promise<void> {
    const tenant = this.tenants.get(tenantId);
    if (!this.tenants.membersOf(tenantId).has(userId)) throw new Problem('bff_not_found');
    await this.directory.write(actor, async (transaction) => {
      await storedTenant(transaction, tenant);
      if (!(await removeMembership(transaction, userId, tenantId))) throw new Problem('bff_not_found');
    });
  }

  private member(userId: string, role: TenantRole): Member {
    const { email = '', name = '' } = this.users.accountWithId(userId)?.user ?? {};
    return { userId, email, name, role };
  }
}
