import { type Actor, AuditTrail } from '@bff/audit';
import { Secret } from '@bff/config';
import { type Change, Directory, directoryProblem } from '@bff/database';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AttemptLimits } from './attempt-limits.js';
import { passwordFlaw } from './password-rules.js';
import { PasswordVerifier } from './passwords.js';
import { UserDirectory } from './user-directory.js';
import { readUser, setPassword } from './user-repository.js';
import { type User } from './user.js';

/** What a user sends to change their password. */
export interface PasswordChangeRequest {
  readonly user: User;
  readonly current: string;
  readonly next: string;
  /** The client's. */
  readonly address: string;
  readonly actor: Actor;
  readonly requestId: string;
}

/** A user's change of their own password. */
@Injectable()
export class PasswordChange implements OnModuleInit {
  private verifier: PasswordVerifier | undefined;

  constructor(
    private readonly users: UserDirectory,
    private readonly limits: AttemptLimits,
    private readonly directory: Directory,
    private readonly audit: AuditTrail,
  ) {}

  async onModuleInit(): Promise<void> {
    this.verifier = await PasswordVerifier.create();
  }

  /**
   * @throws InvalidInputProblem for a new password that is too weak; Problem `bff_role_required` for a user without one,
   * `bff_invalid_credentials`, `bff_too_many_attempts`
   */
  async change({ user, current, next, address, actor, requestId }: PasswordChangeRequest): Promise<void> {
    const flaw = passwordFlaw(next);
    if (flaw !== undefined) throw new InvalidInputProblem([`new ${flaw}`]);
    const passwordHash = this.users.accountWithId(user.id)?.passwordHash ?? null;
    if (passwordHash === null) throw new Problem('bff_role_required');
    const attempt = await this.limits.beginAs('password-change', user.id, address);
    if ((await this.verifier?.matches(passwordHash, new Secret(current))) !== true) {
      throw new Problem('bff_invalid_credentials');
    }
    await attempt.succeeded();
    const change: Change<void> = async (orm, version) => {
      // Of two who change it at once the second has the wrong current one.
      const stored = await readUser(orm, user.id);
      if (stored?.passwordHash !== passwordHash.reveal()) throw new Problem('bff_invalid_credentials');
      await setPassword(orm, user.id, new Secret(next), version);
      const details = { record: 'user', id: user.id, action: 'updated', members: ['password'] };
      const happened = { actor, tenantId: null, requestId, outcome: 'success' } as const;
      await this.audit.append(orm, [{ event: 'directory.changed', ...happened, details }]);
    };
    await this.directory.change(change).catch((error: unknown) => {
      throw directoryProblem(error);
    });
  }
}
