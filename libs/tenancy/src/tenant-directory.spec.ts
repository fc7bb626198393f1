import {
  type ChangedRows,
  type Directory,
  type Orm,
  type PartReader,
  type TenantRole,
  tenants as tenantsTable,
} from '@bff/database';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TenantDirectory } from './tenant-directory.js';
import { type TenantRecord } from './tenant.js';

const TENANTS = ['acme', 'harbour', 'orchard'];
const USERS = ['u1', 'u2', 'u3'];

/** The rows of the two tables; a membership is keyed by user and tenant. */
class Tables {
  readonly tenants = new Map<string, TenantRecord>();
  readonly memberships = new Map<string, { userId: string; tenantId: string; role: TenantRole }>();

  constructor() {
    for (const [index, id] of TENANTS.entries()) this.put(id, index);
  }

  put(id: string, revision: number): void {
    const at = new Date(revision);
    this.tenants.set(id, {
      ...{ id, recordId: `record of ${id}`, name: `${id} ${revision}`, projectId: 'p' },
      ...{ environment: 'production', plane: 'public', createdAt: at, updatedAt: at },
    });
  }

  join(userId: string, tenantId: string, role: TenantRole): void {
    this.memberships.set(`${userId} ${tenantId}`, { userId, tenantId, role });
  }

  leave(userId: string, tenantId: string): void {
    this.memberships.delete(`${userId} ${tenantId}`);
  }

  /** The rows in the order of a database, which may be any. */
  orm(changed: ReadonlyMap<string, readonly string[]> | null): Orm {
    const isRead = (table: string, key: string): boolean => changed?.get(table)?.includes(key) ?? true;
    const tenantRows = [...this.tenants.values()].filter(({ id }) => isRead('tenants', id));
    const membershipRows = [...this.memberships.values()].filter(({ userId }) =>
      isRead('memberships', userId),
    );
    const select = () => ({
      from: (table: unknown) => ({
        where: () => {
          const rows: readonly object[] = table === tenantsTable ? tenantRows : membershipRows;
          return Promise.resolve(rows.map((row) => ({ ...row })).reverse());
        },
      }),
    });
    return { select } as unknown as Orm;
  }
}

/** A directory whose part reads {@link Tables}. */
class Reader {
  readonly directory: TenantDirectory;
  private part: PartReader | undefined;

  constructor(private readonly tables: Tables) {
    const register = (part: PartReader): void => {
      this.part = part;
    };
    this.directory = new TenantDirectory({ register } as unknown as Directory);
  }

  /** @param changed the keys of the changed rows by table; null: everything is read */
  async read(changed: Readonly<Record<string, readonly string[]>> | null): Promise<void> {
    const keys =
      changed === null ? null : new Map(Object.entries({ tenants: [], memberships: [], ...changed }));
    const rows = keys && ({ of: (table: string) => keys.get(table) ?? [] } as unknown as ChangedRows);
    (await this.part?.(this.tables.orm(keys), rows))?.();
  }
}

/** Everything that a directory returns. */
function contentOf(directory: TenantDirectory): object {
  return {
    all: [...directory.all()],
    members: TENANTS.map((id) => [id, ...directory.membersOf(id)]),
    memberships: USERS.map((id) => [id, ...directory.membershipsOf(id)]),
    roles: USERS.map((user) => TENANTS.map((tenant) => directory.roleOf(user, tenant))),
  };
}

async function reader(prepare: (tables: Tables) => void = () => undefined): Promise<[Tables, Reader]> {
  const tables = new Tables();
  prepare(tables);
  const made = new Reader(tables);
  await made.read(null);
  return [tables, made];
}

it('the whole directory is read, with lists sorted by tenant id and members sorted by user id', async () => {
  const [, { directory }] = await reader((tables) => {
    tables.join('u2', 'orchard', 'viewer');
    tables.join('u1', 'acme', 'editor');
    tables.join('u2', 'acme', 'viewer');
  });
  expect([...directory.all()].map(({ id }) => id)).toEqual(['acme', 'harbour', 'orchard']);
  expect([...directory.membersOf('acme')]).toEqual([
    ['u1', 'editor'],
    ['u2', 'viewer'],
  ]);
  expect([...directory.membersOf('harbour')]).toEqual([]);
  expect([...directory.membershipsOf('u2')].map(({ tenant, role }) => [tenant.id, role])).toEqual([
    ['acme', 'viewer'],
    ['orchard', 'viewer'],
  ]);
  expect([...directory.membershipsOf('u3')]).toEqual([]);
});

it('a directory with as many tenants as members is read', async () => {
  const [, { directory }] = await reader((tables) => {
    for (const [index, user] of USERS.entries()) tables.join(user, TENANTS[index] ?? '', 'viewer');
  });
  expect([...directory.all()]).toHaveLength(3);
  expect(directory.roleOf('u2', 'harbour')).toBe('viewer');
});

type Step =
  | { readonly kind: 'put' | 'remove'; readonly tenant: string; readonly revision: number }
  | { readonly kind: 'join'; readonly user: string; readonly tenant: string; readonly role: TenantRole }
  | { readonly kind: 'leave'; readonly user: string; readonly tenant: string };

const tenant = fc.constantFrom(...TENANTS);
const user = fc.constantFrom(...USERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('put' as const, 'remove' as const), tenant, revision: fc.nat(99) }),
  fc.record({
    ...{ kind: fc.constant('join' as const), user, tenant },
    role: fc.constantFrom('viewer' as const, 'editor' as const),
  }),
  fc.record({ kind: fc.constant('leave' as const), user, tenant }),
);

/** Performs a change, and returns the keys that the database announces. */
function perform(tables: Tables, change: Step): { tenants: string[]; memberships: string[] } {
  switch (change.kind) {
    case 'put':
      tables.put(change.tenant, change.revision);
      return { tenants: [change.tenant], memberships: [] };
    case 'remove': {
      tables.tenants.delete(change.tenant);
      const removed = [...tables.memberships.values()].filter(({ tenantId }) => tenantId === change.tenant);
      for (const { userId, tenantId } of removed) tables.leave(userId, tenantId);
      return { tenants: [change.tenant], memberships: removed.map(({ userId }) => userId) };
    }
    case 'join':
      if (tables.tenants.has(change.tenant)) tables.join(change.user, change.tenant, change.role);
      return { tenants: [], memberships: [change.user] };
    case 'leave':
      tables.leave(change.user, change.tenant);
      return { tenants: [], memberships: [change.user] };
  }
}

it('reading only the changed rows gives the same directory as reading everything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 5 }), async (changes) => {
      const [tables, made] = await reader((given) => given.join('u1', 'acme', 'viewer'));
      for (const steps of changes) {
        const announced = steps.map((change) => perform(tables, change));
        await made.read({
          tenants: [...new Set(announced.flatMap(({ tenants }) => tenants))],
          memberships: [...new Set(announced.flatMap(({ memberships }) => memberships))],
        });
        const whole = new Reader(tables);
        await whole.read(null);
        expect(contentOf(made.directory)).toEqual(contentOf(whole.directory));
      }
    }),
    { numRuns: 100 },
  );
});

it('reading everything again removes what no longer exists', async () => {
  const [tables, made] = await reader((given) => given.join('u1', 'acme', 'viewer'));
  tables.leave('u1', 'acme');
  tables.tenants.delete('acme');
  await made.read(null);
  expect(made.directory.find('acme')).toBeUndefined();
  expect(made.directory.roleOf('u1', 'acme')).toBeUndefined();
  expect([...made.directory.membersOf('acme')]).toEqual([]);
});

it('unchanged tenants keep their objects, and a membership refers to the object of its tenant', async () => {
  const [tables, made] = await reader((given) => {
    given.join('u1', 'acme', 'viewer');
    given.join('u1', 'harbour', 'viewer');
  });
  const { directory } = made;
  const harbour = directory.get('harbour');
  tables.put('acme', 7);
  await made.read({ tenants: ['acme'] });
  expect(directory.get('harbour')).toBe(harbour);
  expect([...directory.membershipsOf('u1')].map(({ tenant }) => tenant)).toEqual([
    directory.get('acme'),
    harbour,
  ]);
  expect(directory.get('acme').name).toBe('acme 7');
});
