import { adminCredentials, Directory, type Orm, tenantCredentials } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { type Authority } from '@bff/server-routing';
import { Injectable } from '@nestjs/common';
import { Credential } from './credential.js';

interface Snapshot {
  readonly ofTenant: ReadonlyMap<string, Credential>;
  readonly ofEnvironment: ReadonlyMap<string, Credential>;
}

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
    for (const { tenantId, scheme, keyId, sealedSecret, version } of await orm
      .select()
      .from(tenantCredentials)) {
      const known = this.snapshot.ofTenant.get(tenantId);
      const open = () =>
        this.keyring.open(sealedSecret, { kind: 'tenant-credentials', owner: tenantId, version });
      ofTenant.set(
        tenantId,
        known?.version === version ? known : new Credential(tenantId, scheme, keyId, version, open),
      );
    }
    const ofEnvironment = new Map<string, Credential>();
    for (const { environment, keyId, sealedSecret, version } of await orm.select().from(adminCredentials)) {
      const known = this.snapshot.ofEnvironment.get(environment);
      const open = () =>
        this.keyring.open(sealedSecret, { kind: 'admin-credentials', owner: environment, version });
      ofEnvironment.set(
        environment,
        known?.version === version ? known : new Credential(environment, 'oauth2', keyId, version, open),
      );
    }
    return { ofTenant, ofEnvironment };
  }
}
