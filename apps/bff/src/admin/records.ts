import { type Credential } from '@bff/credentials';
import { type TenantUpdate } from '@bff/directory';
import { type Account } from '@bff/identity';
import { type Membership, type TenantRecord } from '@bff/tenancy';
import {
  type CredentialRecordResponse,
  type StoredTenant,
  type UpdatedTenantRecordResponse,
} from './tenant.response.js';
import { type UserRecordResponse } from './user.response.js';

/** Returns the record of a tenant for admins and operators. */
export function tenantRecord(tenant: TenantRecord): StoredTenant {
  const { id, name, projectId, environment, plane } = tenant;
  return { id, name, projectId, environment, plane, ...datesOf(tenant) };
}

/** Returns the record of a tenant after a change, with the effect on its credentials if there is one. */
export function updatedTenantRecord({
  tenant,
  credentialsErased,
  checked,
}: TenantUpdate): StoredTenant & Pick<UpdatedTenantRecordResponse, 'credentialsErased' | 'checked'> {
  return {
    ...tenantRecord(tenant),
    ...(credentialsErased && { credentialsErased }),
    ...(checked !== undefined && { checked }),
  };
}

/** Returns the record of credentials for admins and operators, without the secret. */
export function credentialRecord({
  scheme,
  keyId,
  version,
  dates,
  lastSuccessAt,
}: Credential): CredentialRecordResponse {
  return { scheme, keyId, version, ...datesOf(dates), lastSuccessAt: isoTime(lastSuccessAt) };
}

/** Returns the record of a user for admins and operators. */
export function userRecord(account: Account, memberships: Iterable<Membership>): UserRecordResponse {
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

function datesOf({
  createdAt,
  updatedAt,
}: Record<'createdAt' | 'updatedAt', Date>): Record<'createdAt' | 'updatedAt', string> {
  return { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
