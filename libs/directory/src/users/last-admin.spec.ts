import { describe, expect, it } from '@jest/globals';
import { type AdminState, removesLastAdmin } from './last-admin.js';

const admin: AdminState = { role: 'admin', disabled: false };
const disabledAdmin: AdminState = { role: 'admin', disabled: true };
const user: AdminState = { role: 'user', disabled: false };

describe('the rule of the last admin', () => {
  it.each<[title: string, before: AdminState[], after: AdminState[], removes: boolean]>([
    ['the only admin is removed', [admin, user], [user], true],
    ['the only admin is disabled', [admin], [disabledAdmin], true],
    ['the only admin becomes a user', [admin], [user], true],
    ['the only other admin is disabled', [admin, disabledAdmin], [disabledAdmin], true],
    ['another admin remains', [admin, admin], [admin], false],
    ['another user becomes an admin', [admin, user], [user, admin], false],
    ['no admin existed', [user, disabledAdmin], [user], false],
  ])('applies correctly if %s', (_, before, after, removes) => {
    expect(removesLastAdmin(before, after)).toBe(removes);
  });
});
