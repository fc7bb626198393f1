import { type Environment, type Secret } from '@bff/config';
import { adminCredentials, type CredentialScheme, type PutOutcome, tenantCredentials } from '@bff/database';
import { Keyring, type SealContext } from '@bff/secrets';
import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { type DirectoryTransaction } from '../directory-writer.js';

/** An access key to store. */
export interface AccessKeyStatement {
  readonly keyId: string;
  readonly keySecret: Secret;
}

export interface CredentialsStatement extends AccessKeyStatement {
  readonly scheme: CredentialScheme;
}

/** The common columns of both kinds of credentials. */
type StoredKey = Pick<typeof adminCredentials.$inferSelect, 'keyId' | 'version' | 'sealedSecret'>;

/** Stores credentials, sealed for their owner and version. */
@Injectable()
export class CredentialWriter {
  constructor(private readonly keyring: Keyring) {}

  async putTenant(
    { orm, version, note }: DirectoryTransaction,
    tenantId: string,
    { scheme, ...key }: CredentialsStatement,
  ): Promise<PutOutcome> {
    const ofTenant = eq(tenantCredentials.tenantId, tenantId);
    const [known] = await orm.select().from(tenantCredentials).where(ofTenant);
    const owner = { kind: 'tenant-credentials', owner: tenantId } as const;
    if (known?.scheme === scheme && this.isStored(known, key, owner)) return 'unchanged';
    const values = { scheme, ...this.sealed(key, { ...owner, version }) };
    await orm
      .insert(tenantCredentials)
      .values({ tenantId, ...values })
      .onConflictDoUpdate({ target: tenantCredentials.tenantId, set: { ...values, updatedAt: new Date() } });
    const action = known === undefined ? 'created' : 'updated';
    note({ record: 'credentials', id: tenantId, tenantId, action });
    return action;
  }

  /** @returns whether the tenant had credentials */
  async eraseTenant({ orm, note }: DirectoryTransaction, tenantId: string): Promise<boolean> {
    const erased = await orm
      .delete(tenantCredentials)
      .where(eq(tenantCredentials.tenantId, tenantId))
      .returning({ tenantId: tenantCredentials.tenantId });
    if (erased.length === 0) return false;
    note({ record: 'credentials', id: tenantId, tenantId, action: 'removed' });
    return true;
  }

  /** Sets or replaces the admin credentials of an environment. */
  async putAdmin(
    { orm, version, note }: DirectoryTransaction,
    environment: Environment,
    key: AccessKeyStatement,
  ): Promise<PutOutcome> {
    const ofEnvironment = eq(adminCredentials.environment, environment);
    const [known] = await orm.select().from(adminCredentials).where(ofEnvironment);
    const owner = { kind: 'admin-credentials', owner: environment } as const;
    if (this.isStored(known, key, owner)) return 'unchanged';
    const values = this.sealed(key, { ...owner, version });
    await orm
      .insert(adminCredentials)
      .values({ environment, ...values })
      .onConflictDoUpdate({
        target: adminCredentials.environment,
        set: { ...values, updatedAt: new Date() },
      });
    const action = known === undefined ? 'created' : 'updated';
    note({ record: 'admin credentials', id: environment, tenantId: null, action });
    return action;
  }

  /**
   * Removes the admin credentials of all environments except the stated ones.
   * @returns the affected environments
   */
  async pruneAdmin(
    { orm, note }: DirectoryTransaction,
    stated: ReadonlySet<Environment>,
  ): Promise<readonly Environment[]> {
    const known = (await orm.select().from(adminCredentials)).map(({ environment }) => environment);
    const removed = known.filter((environment) => !stated.has(environment));
    for (const environment of removed) {
      await orm.delete(adminCredentials).where(eq(adminCredentials.environment, environment));
      note({ record: 'admin credentials', id: environment, tenantId: null, action: 'removed' });
    }
    return removed;
  }

  private isStored(
    known: StoredKey | undefined,
    { keyId, keySecret }: AccessKeyStatement,
    owner: Omit<SealContext, 'version'>,
  ): boolean {
    if (known?.keyId !== keyId) return false;
    return this.keyring.holds(known.sealedSecret, { ...owner, version: known.version }, keySecret);
  }

  private sealed({ keyId, keySecret }: AccessKeyStatement, context: SealContext): StoredKey {
    return { keyId, version: context.version, sealedSecret: this.keyring.seal(keySecret, context) };
  }
}
