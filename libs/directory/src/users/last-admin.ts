import { type GlobalRole } from '@bff/database';

/** What the rule depends on. */
export interface AdminState {
  readonly role: GlobalRole;
  readonly disabled: boolean;
}

/**
 * Whether a change removes the last active admin, after whom nobody could create the next one (docs/contract.md sections
 * 6 and 7).
 * @param before the users before the change; those who are not admins may be left out
 * @param after the users after it
 */
export function removesLastAdmin(before: Iterable<AdminState>, after: Iterable<AdminState>): boolean {
  return hasActiveAdmin(before) && !hasActiveAdmin(after);
}

function hasActiveAdmin(users: Iterable<AdminState>): boolean {
  for (const { role, disabled } of users) if (role === 'admin' && !disabled) return true;
  return false;
}
