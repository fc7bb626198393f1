import { type GlobalRole } from '@bff/database';

/** The members of a user that decide whether it is an active admin. */
export interface AdminState {
  readonly role: GlobalRole;
  readonly disabled: boolean;
}

/**
 * Whether a change removes the last active admin, without whom no admin can be created
 * (docs/contract.md sections 6 and 7).
 * @param before the users before the change; users who are not admins may be omitted
 * @param after the users after the change
 */
export function removesLastAdmin(before: Iterable<AdminState>, after: Iterable<AdminState>): boolean {
  return hasActiveAdmin(before) && !hasActiveAdmin(after);
}

function hasActiveAdmin(users: Iterable<AdminState>): boolean {
  for (const { role, disabled } of users) if (role === 'admin' && !disabled) return true;
  return false;
}
