import { type AuditSource, AuditLog, directoryChanged } from '@bff/audit';
import { Secret } from '@bff/config';
import { type Change, Directory, directoryProblem, type Orm, users } from '@bff/database';
import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { AttemptLimits } from '../attempt-limits/attempt-limits.js';
import { assertNotCommon } from './password-rules.js';
import { Passwords } from './passwords.js';
import { UserDirectory } from '../users/user-directory.js';
import { readUser } from '../users/user-queries.js';
import { type User } from '../users/user.js';

/** The input for a change of a user's own password. */
export interface PasswordChangeRequest {
  readonly user: User;
  readonly current: string;
  readonly next: string;
  readonly source: AuditSource;
  /** Called before the new password is stored. @throws Problem if the session has ended since */
  readonly assertSession: () => Promise<void>;
  /** Called if `current` is wrong and the attempt reaches the limit. */
  readonly onLimitReached: () => Promise<void>;
}

/** Changes a user's own password. */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly users: UserDirectory,
    private readonly limits: AttemptLimits,
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    private readonly passwords: Passwords,
  ) {}

  /**
   * @throws InvalidInputProblem if the new password is a common one; Problem `bff_role_required` if the user
   * has no password, `bff_invalid_credentials`, `bff_too_many_attempts`
   */
  async change({
    user,
    current,
    next,
    source,
    onLimitReached,
    assertSession,
  }: PasswordChangeRequest): Promise<void> {
    await assertNotCommon('new', next);
    const passwordHash = this.users.accountWithId(user.id)?.passwordHash ?? null;
    if (passwordHash === null) throw new Problem('bff_role_required');
    const prove = async (): Promise<void> => {
      if (await this.passwords.matches(passwordHash, new Secret(current))) return;
      throw new Problem('bff_invalid_credentials');
    };
    await this.limits.actAs('password-change', user.id, prove, onLimitReached);
    const hash = await this.passwords.hash(new Secret(next));
    const change: Change<void> = async (orm, version) => {
      // A concurrent change has replaced the current password, which is therefore wrong.
      const stored = await readUser(orm, user.id);
      if (stored?.passwordHash !== passwordHash.reveal()) throw new Problem('bff_invalid_credentials');
      if (stored.disabled || stored.sessionsVersion !== user.sessionsVersion)
        throw new Problem('bff_session_required');
      await assertSession();
      await setPassword(orm, user.id, hash, version);
      const done = { record: 'user', id: user.id, tenantId: null, action: 'updated' } as const;
      await this.audit.append(orm, [directoryChanged(source, { ...done, members: ['password'] })]);
    };
    await this.directory.change(change).catch((error: unknown) => {
      throw directoryProblem(error);
    });
  }
}

/**
 * Stores a new hash and ends the sessions that began with the previous password, including concurrent ones.
 */
async function setPassword(orm: Orm, id: string, hash: Secret, version: number): Promise<void> {
  await orm
    .update(users)
    .set({ passwordHash: hash.reveal(), sessionsVersion: version, updatedAt: new Date() })
    .where(eq(users.id, id));
}
