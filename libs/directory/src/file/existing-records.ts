import { type GlobalRole, type Orm } from '@bff/database';
import { emailKey, identityKey, readUsers } from '@bff/identity';
import { readTenants, type Tenant } from '@bff/tenancy';
import { type AdminState } from '../users/last-admin.js';
import { type UserEntry } from './directory-document.js';

export interface ExistingUser extends AdminState {
  readonly id: string;
  readonly email: string;
  /** The normalised e-mail address; the user id if no operator has set an address. */
  readonly key: string;
  readonly hasStatedAddress: boolean;
  /** Null if the user has no identity at a provider. */
  readonly identity: string | null;
}

/** The records of the directory to which a file is applied. */
export interface ExistingRecords {
  readonly tenants: readonly Tenant[];
  readonly users: readonly ExistingUser[];
}

export async function readExisting(orm: Orm): Promise<ExistingRecords> {
  const users = (await readUsers(orm)).map((user) => {
    const { id, email, emailKey: key, role, disabled, identityIssuer, identitySubject } = user;
    const identity =
      identityIssuer === null || identitySubject === null
        ? null
        : identityKey(identityIssuer, identitySubject);
    return { id, email, key, hasStatedAddress: key !== id, role, disabled, identity };
  });
  return { tenants: await readTenants(orm), users };
}

/**
 * Returns the states of users after a file is applied, by {@link ExistingUser.key}, to protect the last
 * admin.
 */
export function statesAfter(
  existing: readonly ExistingUser[],
  entries: readonly Pick<UserEntry, 'email' | 'role'>[],
): Map<string, AdminState> {
  const states = new Map<string, AdminState>(existing.map((user) => [user.key, user]));
  for (const { email, role } of entries) {
    const known = states.get(emailKey(email));
    const after: GlobalRole = role ?? known?.role ?? 'user';
    states.set(emailKey(email), { role: after, disabled: known?.disabled ?? false });
  }
  return states;
}
