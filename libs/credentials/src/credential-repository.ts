import { type Environment, type Secret } from '@bff/config';
import {
  adminCredentials,
  type CredentialScheme,
  type Orm,
  type PutOutcome,
  tenantCredentials,
} from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { eq } from 'drizzle-orm';

/** An access key as an operator states it. */
export interface AccessKeyStatement {
  readonly keyId: string;
  readonly keySecret: Secret;
}

/** Sets or replaces the credentials of a tenant; they are sealed for this tenant and version alone. */
export async function putTenantCredentials(
  orm: Orm,
  keyring: Keyring,
  tenantId: string,
  statement: AccessKeyStatement & { readonly scheme: CredentialScheme },
  version: number,
): Promise<PutOutcome> {
  const [known] = await orm.select().from(tenantCredentials).where(eq(tenantCredentials.tenantId, tenantId));
  const context = { kind: 'tenant-credentials', owner: tenantId } as const;
  const { scheme, keyId, keySecret } = statement;
  if (
    known?.scheme === scheme &&
    known.keyId === keyId &&
    keyring.holds(known.sealedSecret, { ...context, version: known.version }, keySecret)
  ) {
    return 'unchanged';
  }
  const values = { scheme, keyId, version, sealedSecret: keyring.seal(keySecret, { ...context, version }) };
  await orm
    .insert(tenantCredentials)
    .values({ tenantId, ...values })
    .onConflictDoUpdate({ target: tenantCredentials.tenantId, set: { ...values, updatedAt: new Date() } });
  return known === undefined ? 'created' : 'updated';
}

/** Sets or replaces the admin credentials of an environment. */
export async function putAdminCredentials(
  orm: Orm,
  keyring: Keyring,
  environment: Environment,
  { keyId, keySecret }: AccessKeyStatement,
  version: number,
): Promise<PutOutcome> {
  const [known] = await orm
    .select()
    .from(adminCredentials)
    .where(eq(adminCredentials.environment, environment));
  const context = { kind: 'admin-credentials', owner: environment } as const;
  if (
    known?.keyId === keyId &&
    keyring.holds(known.sealedSecret, { ...context, version: known.version }, keySecret)
  ) {
    return 'unchanged';
  }
  const values = { keyId, version, sealedSecret: keyring.seal(keySecret, { ...context, version }) };
  await orm
    .insert(adminCredentials)
    .values({ environment, ...values })
    .onConflictDoUpdate({ target: adminCredentials.environment, set: { ...values, updatedAt: new Date() } });
  return known === undefined ? 'created' : 'updated';
}

/** Erases the credentials of a tenant and says whether there were any. */
export async function eraseTenantCredentials(orm: Orm, tenantId: string): Promise<boolean> {
  const erased = await orm
    .delete(tenantCredentials)
    .where(eq(tenantCredentials.tenantId, tenantId))
    .returning({ tenantId: tenantCredentials.tenantId });
  return erased.length > 0;
}

export async function readAdminEnvironments(orm: Orm): Promise<readonly Environment[]> {
  return (await orm.select().from(adminCredentials)).map(({ environment }) => environment);
}

export async function removeAdminCredentials(orm: Orm, environment: Environment): Promise<void> {
  await orm.delete(adminCredentials).where(eq(adminCredentials.environment, environment));
}
