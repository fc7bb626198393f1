import { type Secret } from '@bff/config';
import {
  adminCredentials,
  changedOnly,
  type ChangedRows,
  type CredentialScheme,
  Directory,
  type Orm,
  tenantCredentials,
  tenants,
} from '@bff/database';
import { Keyring } from '@bff/secrets';
import { type Authority } from '@bff/server-routing';
import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { Credential } from './credential.js';

interface Snapshot {
  readonly ofTenant: ReadonlyMap<string, Credential>;
  readonly ofEnvironment: ReadonlyMap<string, Credential>;
}

interface Owner {
  readonly id: string;
  readonly record: string;
  readonly servedIn: string;
}

/** The columns that both tables have. */
type SealedKey = Omit<typeof adminCredentials.$inferSelect, 'environment'>;

/**
 * The stored credentials, read from memory on the request path; secrets stay sealed until their first use.
 */
@Injectable()
export class CredentialStore {
  private snapshot: Snapshot = { ofTenant: new Map(), ofEnvironment: new Map() };

  constructor(
    directory: Directory,
    private readonly keyring: Keyring,
  ) {
    directory.register(async (orm, changed) => {
      const snapshot = await this.read(orm, changed);
      return () => {
        retireReplaced(this.snapshot.ofTenant, snapshot.ofTenant);
        retireReplaced(this.snapshot.ofEnvironment, snapshot.ofEnvironment);
        this.snapshot = snapshot;
      };
    });
  }

  find(authority: Authority): Credential | undefined {
    switch (authority.kind) {
      case 'tenant': {
        const credential = this.snapshot.ofTenant.get(authority.tenantId);
        return credential?.ownerRecord === authority.recordId ? credential : undefined;
      }
      case 'admin':
        return this.snapshot.ofEnvironment.get(authority.environment);
    }
  }

  /** Unchanged credentials keep their objects, with their opened secrets. */
  private async read(orm: Orm, changed: ChangedRows | null): Promise<Snapshot> {
    const ofTenant = new Map(changed === null ? [] : this.snapshot.ofTenant);
    for (const tenantId of changed?.of('tenant_credentials') ?? []) ofTenant.delete(tenantId);
    const rows = await orm
      .select({
        key: tenantCredentials,
        ownerRecord: tenants.recordId,
        environment: tenants.environment,
        plane: tenants.plane,
      })
      .from(tenantCredentials)
      .innerJoin(tenants, eq(tenants.id, tenantCredentials.tenantId))
      .where(changedOnly(changed, 'tenant_credentials', tenantCredentials.tenantId));
    for (const { key, ownerRecord, environment, plane } of rows) {
      const { tenantId, scheme } = key;
      const known = this.snapshot.ofTenant.get(tenantId);
      const owner = { id: tenantId, record: ownerRecord, servedIn: `${environment}/${plane}` };
      ofTenant.set(tenantId, this.reuseOrCreate(known, key, 'tenant-credentials', owner, scheme));
    }
    const ofEnvironment = new Map<string, Credential>(changed === null ? [] : this.snapshot.ofEnvironment);
    for (const environment of changed?.of('admin_credentials') ?? []) ofEnvironment.delete(environment);
    const adminRows = changedOnly(changed, 'admin_credentials', adminCredentials.environment);
    for (const row of await orm.select().from(adminCredentials).where(adminRows)) {
      const { environment } = row;
      const known = this.snapshot.ofEnvironment.get(environment);
      const owner = { id: environment, record: environment, servedIn: environment };
      ofEnvironment.set(environment, this.reuseOrCreate(known, row, 'admin-credentials', owner, 'oauth2'));
    }
    return { ofTenant, ofEnvironment };
  }

  private reuseOrCreate(
    known: Credential | undefined,
    { keyId, sealedSecret, version, createdAt, updatedAt }: SealedKey,
    kind: 'tenant-credentials' | 'admin-credentials',
    { id, record, servedIn }: Owner,
    scheme: CredentialScheme,
  ): Credential {
    if (known?.version === version && known.ownerRecord === record && known.servedIn === servedIn)
      return known;
    const open = (): Secret => this.keyring.open(sealedSecret, { kind, owner: id, version });
    const dates = { createdAt, updatedAt };
    return new Credential(kind, id, scheme, keyId, version, dates, record, servedIn, open);
  }
}

/**
 * Sets the successors of replaced credentials, which calls in flight still hold, and erases credentials
 * without a successor. Credentials of a tenant that moved to another server have none, because a call in
 * flight still uses the previous server.
 */
function retireReplaced(
  before: ReadonlyMap<string, Credential>,
  after: ReadonlyMap<string, Credential>,
): void {
  for (const [owner, credential] of before) {
    const next = after.get(owner);
    if (next === credential) continue;
    const isSameOwner = next?.ownerRecord === credential.ownerRecord && next.servedIn === credential.servedIn;
    if (isSameOwner) credential.replacedBy(next);
    else credential.erase();
  }
}
