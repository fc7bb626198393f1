import { Directory, memberships, type Orm, type TenantRole, tenants } from '@bff/database';
import { Injectable } from '@nestjs/common';
import { type Membership, type Tenant } from './tenant.js';

interface Snapshot {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly memberships: ReadonlyMap<string, ReadonlyMap<string, Membership>>;
}

const NO_MEMBERSHIPS: ReadonlyMap<string, Membership> = new Map();

/** Tenants and memberships, read from memory on the request path; lists are in the order of the tenant ids. */
@Injectable()
export class TenantDirectory {
  private snapshot: Snapshot = { tenants: new Map(), memberships: new Map() };

  constructor(directory: Directory) {
    directory.register(async (orm) => {
      const snapshot = await readSnapshot(orm);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  find(tenantId: string): Tenant | undefined {
    return this.snapshot.tenants.get(tenantId);
  }

  all(): Iterable<Tenant> {
    return this.snapshot.tenants.values();
  }

  roleOf(userId: string, tenantId: string): TenantRole | undefined {
    return this.snapshot.memberships.get(userId)?.get(tenantId)?.role;
  }

  membershipsOf(userId: string): Iterable<Membership> {
    return (this.snapshot.memberships.get(userId) ?? NO_MEMBERSHIPS).values();
  }
}

async function readSnapshot(orm: Orm): Promise<Snapshot> {
  const tenantsById = new Map<string, Tenant>();
  for (const { id, name, projectId, environment, plane } of await orm.select().from(tenants)) {
    tenantsById.set(id, Object.freeze({ id, name, projectId, environment, plane }));
  }
  const byUser = new Map<string, Map<string, Membership>>();
  for (const { userId, tenantId, role } of await orm.select().from(memberships)) {
    const tenant = tenantsById.get(tenantId);
    if (tenant === undefined) continue;
    const ofUser = byUser.get(userId) ?? new Map<string, Membership>();
    byUser.set(userId, ofUser.set(tenantId, Object.freeze({ tenant, role })));
  }
  return {
    tenants: inOrder(tenantsById),
    memberships: new Map([...byUser].map(([userId, ofUser]) => [userId, inOrder(ofUser)])),
  };
}

/** By code units, as page tokens compare them; a database would order by its locale. */
function inOrder<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
