import { Directory, memberships, type Orm, type TenantRole, tenants } from '@bff/database';
import { Injectable } from '@nestjs/common';
import { type Membership, type TenantRecord } from './tenant.js';

interface Snapshot {
  readonly tenants: ReadonlyMap<string, TenantRecord>;
  readonly memberships: ReadonlyMap<string, ReadonlyMap<string, Membership>>;
  /** Roles by user id, by tenant id. */
  readonly members: ReadonlyMap<string, ReadonlyMap<string, TenantRole>>;
}

const NO_MEMBERSHIPS: ReadonlyMap<string, Membership> = new Map();
const NO_MEMBERS: ReadonlyMap<string, TenantRole> = new Map();

/** Tenants and memberships, read from memory on the request path; lists are in the order of the tenant ids. */
@Injectable()
export class TenantDirectory {
  private snapshot: Snapshot = { tenants: new Map(), memberships: new Map(), members: new Map() };

  constructor(directory: Directory) {
    directory.register(async (orm) => {
      const snapshot = await readSnapshot(orm);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  find(tenantId: string): TenantRecord | undefined {
    return this.snapshot.tenants.get(tenantId);
  }

  /** {@link TenantRecord.recordId} of the tenant that has this id now. */
  recordIdOf(tenantId: string): string | null {
    return this.find(tenantId)?.recordId ?? null;
  }

  all(): Iterable<TenantRecord> {
    return this.snapshot.tenants.values();
  }

  roleOf(userId: string, tenantId: string): TenantRole | undefined {
    return this.snapshot.memberships.get(userId)?.get(tenantId)?.role;
  }

  /** The roles of a tenant's members by user id, in the order of the ids. */
  membersOf(tenantId: string): ReadonlyMap<string, TenantRole> {
    return this.snapshot.members.get(tenantId) ?? NO_MEMBERS;
  }

  membershipsOf(userId: string): Iterable<Membership> {
    return (this.snapshot.memberships.get(userId) ?? NO_MEMBERSHIPS).values();
  }
}

async function readSnapshot(orm: Orm): Promise<Snapshot> {
  const tenantsById = new Map<string, TenantRecord>();
  for (const tenant of await orm.select().from(tenants)) tenantsById.set(tenant.id, Object.freeze(tenant));
  const byTenant = new Map<string, Map<string, TenantRole>>();
  const byUser = new Map<string, Map<string, Membership>>();
  for (const { userId, tenantId, role } of await orm.select().from(memberships)) {
    const tenant = tenantsById.get(tenantId);
    if (tenant === undefined) continue;
    const ofUser = byUser.get(userId) ?? new Map<string, Membership>();
    byUser.set(userId, ofUser.set(tenantId, Object.freeze({ tenant, role })));
    const ofTenant = byTenant.get(tenantId) ?? new Map<string, TenantRole>();
    byTenant.set(tenantId, ofTenant.set(userId, role));
  }
  return {
    tenants: inOrder(tenantsById),
    memberships: new Map([...byUser].map(([userId, ofUser]) => [userId, inOrder(ofUser)])),
    members: new Map([...byTenant].map(([tenantId, ofTenant]) => [tenantId, inOrder(ofTenant)])),
  };
}

/** By code units, as page tokens compare them; a database would order by its locale. */
function inOrder<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
