import { type Credential } from '@bff/credentials';
import { type TenantUpdate } from '@bff/directory';
import { type Account } from '@bff/identity';
import { type Membership, type TenantRecord } from '@bff/tenancy';

/** A tenant as admins and operators see it. */
export function tenantRecord(tenant: TenantRecord): object {
  const { id, name, projectId, environment, plane } = tenant;
  return { id, name, projectId, environment, plane, ...datesOf(tenant) };
}

/** The same after a change: what became of the credentials is said where something did. */
export function updatedTenantRecord({ tenant, credentialsErased, checked }: TenantUpdate): object {
  return {
    ...tenantRecord(tenant),
    ...(credentialsErased && { credentialsErased }),
    ...(checked !== undefined && { checked }),
  };
}

/** All that is ever said of credentials: never the secret. */
export function credentialRecord({ scheme, keyId, version, dates, lastSuccessAt }: Credential): object {
  return { scheme, keyId, version, ...datesOf(dates), lastSuccessAt: isoTime(lastSuccessAt) };
}

export function userRecord(account: Account, memberships: Iterable<Membership>): object {
  const { user, identity, passwordHash, totp } = account;
  const { id, email, name, role, disabled } = user;
  return {
    ...{ id, email, name, role, disabled, identity },
    hasPassword: passwordHash !== null,
    hasSecondFactor: totp !== null,
    memberships: [...memberships].map(({ tenant, role }) => ({ tenant: tenant.id, role })),
    ...datesOf(account),
  };
}

export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

function datesOf({ createdAt, updatedAt }: { readonly createdAt: Date; readonly updatedAt: Date }): object {
  return { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
