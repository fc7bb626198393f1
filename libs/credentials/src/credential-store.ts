import { type Secret } from '@bff/config';
import {
  adminCredentials,
  type CredentialScheme,
  Directory,
  type Orm,
  tenantCredentials,
} from '@bff/database';
import { Keyring } from '@bff/secrets';
import { type Authority } from '@bff/server-routing';
import { Injectable } from '@nestjs/common';
import { Credential } from './credential.js';

interface Snapshot {
  readonly ofTenant: ReadonlyMap<string, Credential>;
  readonly ofEnvironment: ReadonlyMap<string, Credential>;
}

/** What both kinds of rows have. */
type SealedKey = Omit<typeof adminCredentials.$inferSelect, 'environment'>;

/** The credentials, read from memory on the request path; sealed until they are used. */
@Injectable()
export class CredentialStore {
  private snapshot: Snapshot = { ofTenant: new Map(), ofEnvironment: new Map() };

  constructor(
    directory: Directory,
    private readonly keyring: Keyring,
  ) {
    directory.register(async (orm) => {
      const snapshot = await this.read(orm);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  find(authority: Authority): Credential | undefined {
    switch (authority.kind) {
      case 'tenant':
        return this.snapshot.ofTenant.get(authority.tenantId);
      case 'admin':
        return this.snapshot.ofEnvironment.get(authority.environment);
    }
  }

  /** Credentials that have not changed are kept as they are, opened secrets included. */
  private async read(orm: Orm): Promise<Snapshot> {
    const ofTenant = new Map<string, Credential>();
    for (const row of await orm.select().from(tenantCredentials)) {
      const { tenantId, scheme } = row;
      const known = this.snapshot.ofTenant.get(tenantId);
      ofTenant.set(tenantId, this.kept(known, row, 'tenant-credentials', tenantId, scheme));
    }
    const ofEnvironment = new Map<string, Credential>();
    for (const row of await orm.select().from(adminCredentials)) {
      const { environment } = row;
      const known = this.snapshot.ofEnvironment.get(environment);
      ofEnvironment.set(environment, this.kept(known, row, 'admin-credentials', environment, 'oauth2'));
    }
    return { ofTenant, ofEnvironment };
  }

  private kept(
    known: Credential | undefined,
    { keyId, sealedSecret, version, createdAt, updatedAt }: SealedKey,
    kind: 'tenant-credentials' | 'admin-credentials',
    owner: string,
    scheme: CredentialScheme,
  ): Credential {
    if (known?.version === version) return known;
    const open = (): Secret => this.keyring.open(sealedSecret, { kind, owner, version });
    return new Credential(kind, owner, scheme, keyId, version, { createdAt, updatedAt }, open);
  }
}
