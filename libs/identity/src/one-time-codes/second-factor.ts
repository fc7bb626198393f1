import { type Clock, type Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { type Keyring } from '@bff/secrets';
import { type ExpiringStore } from '@bff/state';
import { Logger } from '@nestjs/common';
import { type AttemptLimits } from '../attempt-limits/attempt-limits.js';
import { CODE_LIFETIME_MS, stepOfCode, totpContext } from './totp.js';
import { type SealedTotp, type UserDirectory } from '../users/user-directory.js';
import { type User } from '../users/user.js';

const logger = new Logger('SecondFactor');

/** Verifies a second factor: time-based one-time passwords (RFC 6238), each valid once. */
export class SecondFactor {
  constructor(
    private readonly users: UserDirectory,
    private readonly keyring: Keyring,
    private readonly limits: AttemptLimits,
    private readonly usedCodes: ExpiringStore<true>,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies a one-time code and marks it as used.
   * @param code six digits
   * @param onLimitReached called if this code is wrong and reaches the attempt limit
   * @throws Problem `bff_elevation_refused` if no second factor is enrolled or the code is wrong or already
   * used; `bff_too_many_attempts`
   */
  async prove(user: User, code: string, onLimitReached: () => Promise<void>): Promise<void> {
    const totp = this.users.accountWithId(user.id)?.totp ?? null;
    if (totp === null)
      throw new Problem('bff_elevation_refused', { detail: 'No second factor is enrolled.' });
    await this.limits.actAs('elevation', user.id, () => this.useUp(user.id, totp, code), onLimitReached);
  }

  private async useUp(userId: string, totp: SealedTotp, code: string): Promise<void> {
    const secret = this.open(userId, totp);
    const now = this.clock();
    const step = stepOfCode(secret, code, now);
    const key = JSON.stringify([userId, totp.version, step]);
    // The store admits only one of two concurrent requests with the same code.
    if (step === undefined || !(await this.usedCodes.create(key, true, CODE_LIFETIME_MS))) {
      throw new Problem('bff_elevation_refused');
    }
  }

  private open(userId: string, { sealedSecret, version }: SealedTotp): Secret {
    try {
      return this.keyring.open(sealedSecret, totpContext(userId, version));
    } catch (error) {
      logger.error(
        `The second factor of the user ${userId} cannot be decrypted: ${(error as Error).message}`,
      );
      throw new Problem('bff_elevation_refused', {
        detail: 'The second factor cannot be read.',
        cause: error,
      });
    }
  }
}
