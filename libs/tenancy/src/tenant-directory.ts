import {
  changedOnly,
  type ChangedRows,
  changeSorted,
  Directory,
  memberships,
  type Orm,
  type TenantRole,
  tenants,
} from '@bff/database';
import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';
import { type Membership, type TenantRecord } from './tenant.js';

interface Snapshot {
  readonly tenants: ReadonlyMap<string, TenantRecord>;
  readonly memberships: ReadonlyMap<string, ReadonlyMap<string, Membership>>;
  /** Roles by user id, by tenant id. */
  readonly members: ReadonlyMap<string, ReadonlyMap<string, TenantRole>>;
}

const EMPTY: Snapshot = { tenants: new Map(), memberships: new Map(), members: new Map() };
const NO_MEMBERSHIPS: ReadonlyMap<string, Membership> = new Map();
const NO_MEMBERS: ReadonlyMap<string, TenantRole> = new Map();

/** Tenants and memberships, read from memory on the request path; lists are sorted by tenant id. */
@Injectable()
export class TenantDirectory {
  private snapshot = EMPTY;

  constructor(directory: Directory) {
    directory.register(async (orm, changed) => {
      const snapshot = await this.read(orm, changed);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  find(tenantId: string): TenantRecord | undefined {
    return this.snapshot.tenants.get(tenantId);
  }

  /** @throws Problem `bff_tenant_not_found` */
  get(tenantId: string): TenantRecord {
    const tenant = this.find(tenantId);
    if (tenant === undefined) throw new Problem('bff_tenant_not_found');
    return tenant;
  }

  /** The {@link TenantRecord.recordId} of the current tenant with this id. */
  recordIdOf(tenantId: string): string | null {
    return this.find(tenantId)?.recordId ?? null;
  }

  all(): Iterable<TenantRecord> {
    return this.snapshot.tenants.values();
  }

  roleOf(userId: string, tenantId: string): TenantRole | undefined {
    return this.snapshot.memberships.get(userId)?.get(tenantId)?.role;
  }

  /** The roles of a tenant's members by user id, sorted by user id. */
  membersOf(tenantId: string): ReadonlyMap<string, TenantRole> {
    return this.snapshot.members.get(tenantId) ?? NO_MEMBERS;
  }

  membershipsOf(userId: string): Iterable<Membership> {
    return (this.snapshot.memberships.get(userId) ?? NO_MEMBERSHIPS).values();
  }

  /** Unchanged tenants keep their objects. */
  private async read(orm: Orm, changed: ChangedRows | null): Promise<Snapshot> {
    const before = changed === null ? EMPTY : this.snapshot;
    const tenantRows = await orm
      .select()
      .from(tenants)
      .where(changedOnly(changed, 'tenants', tenants.id));
    const { userId, tenantId, role } = memberships;
    const membershipRows = await orm
      .select({ userId, tenantId, role })
      .from(memberships)
      .where(changedOnly(changed, 'memberships', userId));
    const roles = new Map<string, Map<string, TenantRole>>();
    // A user whose memberships changed may have no memberships left.
    for (const id of changed?.of('memberships') ?? []) roles.set(id, new Map());
    for (const row of membershipRows) {
      const userRoles = roles.get(row.userId) ?? new Map<string, TenantRole>();
      roles.set(row.userId, userRoles.set(row.tenantId, row.role));
    }
    return withChanges(before, changed?.of('tenants') ?? [], tenantRows, roles);
  }
}

/** @param roles all roles of every user whose memberships changed, by user id, by tenant id */
function withChanges(
  before: Snapshot,
  changedTenants: readonly string[],
  tenantRows: readonly TenantRecord[],
  roles: ReadonlyMap<string, ReadonlyMap<string, TenantRole>>,
): Snapshot {
  if (changedTenants.length + tenantRows.length + roles.size === 0) return before;
  const records = tenantRows.map((tenant) => [tenant.id, Object.freeze(tenant)] as const);
  const tenantsById = changeSorted(before.tenants, changedTenants, records);
  const byUser = new Map(before.memberships);
  const left = new Map<string, string[]>();
  const joined = new Map<string, [userId: string, role: TenantRole][]>();
  for (const [userId, ofUser] of withMembersOf(before, changedTenants, roles)) {
    for (const tenantId of before.memberships.get(userId)?.keys() ?? []) push(left, tenantId, userId);
    const memberOf = [...ofUser].flatMap(([tenantId, role]): [string, Membership][] => {
      const tenant = tenantsById.get(tenantId);
      return tenant === undefined ? [] : [[tenantId, Object.freeze({ tenant, role })]];
    });
    for (const [tenantId, { role }] of memberOf) push(joined, tenantId, [userId, role]);
    if (memberOf.length === 0) byUser.delete(userId);
    else byUser.set(userId, changeSorted(NO_MEMBERSHIPS, [], memberOf));
  }
  const byTenant = new Map(before.members);
  for (const tenantId of new Set([...left.keys(), ...joined.keys()])) {
    const [removed, added] = [left.get(tenantId) ?? [], joined.get(tenantId) ?? []];
    const members = changeSorted(before.members.get(tenantId) ?? NO_MEMBERS, removed, added);
    if (members.size === 0) byTenant.delete(tenantId);
    else byTenant.set(tenantId, members);
  }
  return { tenants: tenantsById, memberships: byUser, members: byTenant };
}

/**
 * Adds the members of changed tenants with their present roles, because a membership refers to the object of
 * its tenant.
 */
function withMembersOf(
  before: Snapshot,
  changedTenants: readonly string[],
  roles: ReadonlyMap<string, ReadonlyMap<string, TenantRole>>,
): ReadonlyMap<string, ReadonlyMap<string, TenantRole>> {
  const all = new Map(roles);
  for (const userId of changedTenants.flatMap((id) => [...(before.members.get(id)?.keys() ?? [])])) {
    if (all.has(userId)) continue;
    const known = before.memberships.get(userId) ?? NO_MEMBERSHIPS;
    all.set(userId, new Map([...known].map(([tenantId, { role }]) => [tenantId, role])));
  }
  return all;
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
