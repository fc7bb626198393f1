import { type Clock } from '@bff/config';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type MaybePromise, type SlidingWindows, type WindowLimit } from '@bff/state';

export const ATTEMPT_WINDOW_MS = 15 * 60_000;

/** An address that signed in to an account within this time is bound by its own limits alone. */
const FAMILIAR_MS = 30 * 24 * 60 * 60_000;

/** Failures within the window (contract.md section 4). */
const LIMITS = { accountAndAddress: 10, address: 50, accountByStrangers: 50, userAndAddress: 10 };

/** What a signed-in user can fail at too often. */
export type Purpose = 'elevation' | 'password-change';

/** An attempt under way: counted as failed until it is known to have succeeded. */
export interface Attempt {
  succeeded(): Promise<void>;
}

/**
 * Limits on signing in. The keys are what was typed, so accounts that exist and such that do not are limited alike; and
 * failures of strangers do not lock out an address that the account knows.
 */
export class AttemptLimits {
  constructor(
    private readonly failures: SlidingWindows,
    private readonly familiar: ExpiringStore<true>,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem `bff_too_many_attempts` with the seconds until the next attempt is heard */
  async begin(account: string, address: string): Promise<Attempt> {
    const pair = key('account and address', account, address);
    const limits: WindowLimit[] = [
      { key: pair, limit: LIMITS.accountAndAddress },
      { key: key('address', address), limit: LIMITS.address },
    ];
    if ((await this.familiar.get(pair)) === undefined) {
      limits.push({ key: key('strangers to account', account), limit: LIMITS.accountByStrangers });
    }
    const giveBack = await this.take(limits);
    return { succeeded: () => this.remember(pair, account, giveBack) };
  }

  /**
   * An attempt of a user who is signed in: counted over all their sessions, but for each address, so that who stole a
   * session locks nobody out of theirs.
   * @throws Problem `bff_too_many_attempts`
   */
  async beginAs(purpose: Purpose, userId: string, address: string): Promise<Attempt> {
    const giveBack = await this.take([{ key: key(purpose, userId, address), limit: LIMITS.userAndAddress }]);
    return { succeeded: async () => giveBack() };
  }

  private async take(limits: readonly WindowLimit[]): Promise<() => MaybePromise<void>> {
    const taken = await this.failures.take(limits);
    if (taken.taken) return taken.giveBack;
    const seconds = Math.ceil((taken.freeAt - this.clock()) / 1_000);
    throw new Problem('bff_too_many_attempts', { retryAfter: String(seconds) });
  }

  private async remember(pair: string, account: string, giveBack: () => MaybePromise<void>): Promise<void> {
    await giveBack();
    const until = this.clock() + FAMILIAR_MS;
    if (!(await this.familiar.replace(pair, true, until)))
      await this.familiar.create(pair, true, until, account);
  }
}

/** JSON keeps the parts apart, whatever they hold. */
function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
