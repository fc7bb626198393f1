import { Secret } from '@bff/config';
import { adminCredentials, type ChangedRows, type Directory, type Orm } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CredentialStore } from './credential-store.js';

type Reader = Parameters<Directory['register']>[0];

const AUTHORITY = { kind: 'tenant', tenantId: 'acme', recordId: 'first' } as const;
const STAGING = { kind: 'admin', environment: 'staging' } as const;
const WHOLE = null;

const columns = {
  keyId: 'key',
  sealedSecret: '',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const ofTenant = {
  key: { ...columns, tenantId: 'acme', scheme: 'oauth2' },
  ownerRecord: 'first',
  environment: 'production',
  plane: 'public',
};
const ofEnvironment = { ...columns, environment: 'staging' };

let tenantRows: readonly object[];
let adminRows: readonly object[];
let read: (changed: ChangedRows | null) => Promise<void>;
let store: CredentialStore;
beforeEach(async () => {
  [tenantRows, adminRows] = [[ofTenant], [ofEnvironment]];
  let reader: Reader | undefined;
  const directory = { register: (part: Reader) => (reader = part) } as unknown as Directory;
  store = new CredentialStore(directory, new Keyring([{ id: 'k1', key: new Secret(Buffer.alloc(32, 1)) }]));
  const rowsOf = (table: unknown): readonly object[] => (table === adminCredentials ? adminRows : tenantRows);
  const orm = {
    select: () => ({
      from: (table: unknown) => {
        const rows = Object.assign(Promise.resolve(rowsOf(table)), { where: () => rowsOf(table) });
        return Object.assign(rows, { innerJoin: () => rows });
      },
    }),
  } as unknown as Orm;
  read = async (changed) => (await reader?.(orm, changed))?.();
  await read(WHOLE);
});

describe('a stored credential', () => {
  it('keeps its object, with the opened secret, while it does not change', async () => {
    const [tenant, admin] = [store.find(AUTHORITY), store.find(STAGING)];
    await read(WHOLE);
    expect([store.find(AUTHORITY), store.find(STAGING)]).toEqual([tenant, admin]);
    expect(store.find(AUTHORITY)).toBe(tenant);
    expect(store.find(STAGING)).toBe(admin);
  });

  it.each([
    ['another version of the key', { ...ofTenant, key: { ...ofTenant.key, version: 2 } }],
    ['another environment', { ...ofTenant, environment: 'staging' }],
    ['another plane', { ...ofTenant, plane: 'admin' }],
  ])('gets another object for %s', async (_, row) => {
    const before = store.find(AUTHORITY);
    tenantRows = [row];
    await read(WHOLE);
    expect(store.find(AUTHORITY)).toBeDefined();
    expect(store.find(AUTHORITY)).not.toBe(before);
  });

  it('is not found for a tenant that was created again under the same id', async () => {
    const before = store.find(AUTHORITY);
    tenantRows = [{ ...ofTenant, ownerRecord: 'second' }];
    await read(WHOLE);
    expect(store.find(AUTHORITY)).toBeUndefined();
    const again = store.find({ ...AUTHORITY, recordId: 'second' });
    expect(again).toBeDefined();
    expect(again).not.toBe(before);
  });

  it('is forgotten after its removal, for calls in flight too', async () => {
    const held = [store.find(AUTHORITY), store.find(STAGING)];
    [tenantRows, adminRows] = [[], []];
    const keys: Partial<Record<string, readonly string[]>> = {
      tenant_credentials: ['acme'],
      admin_credentials: ['staging'],
    };
    await read({ of: (table: string) => keys[table] ?? [] } as unknown as ChangedRows);
    expect([store.find(AUTHORITY), store.find(STAGING)]).toEqual([undefined, undefined]);
    for (const credential of held) expect(() => credential?.secret()).toThrow();
  });
});
