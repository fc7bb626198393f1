import { Problem } from '@bff/problems';
import { type ExpiringStore, type SlidingWindows, type WindowLimit } from '@bff/state';

export const ATTEMPT_WINDOW_MS = 15 * 60_000;

/** An address that signed in to an account within this time is bound by its own limits alone. */
const FAMILIAR_MS = 30 * 24 * 60 * 60_000;

/** Failures within the window (contract.md section 4). */
const LIMITS = { accountAndAddress: 10, address: 50, accountByStrangers: 50, userAndAddress: 10 };

/** What a signed-in user can fail at too often. */
export type Purpose = 'elevation' | 'password-change';

/**
 * Limits on signing in. The keys are what was typed, so accounts that exist and such that do not are limited alike; and
 * failures of strangers do not lock out an address that the account knows.
 */
export class AttemptLimits {
  /** What may have taken room and is not over yet, by key: it may give its room back in a moment. */
  private readonly underWay = new Map<string, Set<Promise<undefined>>>();

  constructor(
    private readonly failures: SlidingWindows,
    private readonly familiar: ExpiringStore<true>,
  ) {}

  /**
   * A sign-in: counted as failed until `prove` is done.
   * @throws what `prove` throws; Problem `bff_too_many_attempts` with the seconds until the next attempt is heard
   */
  async signIn<Proven>(account: string, address: string, prove: () => Promise<Proven>): Promise<Proven> {
    const pair = key('account and address', account, address);
    const limits: WindowLimit[] = [
      { key: pair, limit: LIMITS.accountAndAddress },
      { key: key('address', address), limit: LIMITS.address },
    ];
    if ((await this.familiar.get(pair)) === undefined) {
      limits.push({ key: key('strangers to account', account), limit: LIMITS.accountByStrangers });
    }
    const proven = await this.attempt(limits, prove);
    await this.remember(pair, account);
    return proven;
  }

  /**
   * An attempt of a user who is signed in: counted over all their sessions, but for each address, so that who stole a
   * session locks nobody out of theirs.
   * @throws what `prove` throws; Problem `bff_too_many_attempts`
   */
  actAs<Proven>(
    purpose: Purpose,
    userId: string,
    address: string,
    prove: () => Promise<Proven>,
  ): Promise<Proven> {
    return this.attempt([{ key: key(purpose, userId, address), limit: LIMITS.userAndAddress }], prove);
  }

  /** Waits where room may come back in a moment: only what has failed keeps anybody out for long. */
  private async attempt<Proven>(
    limits: readonly WindowLimit[],
    prove: () => Promise<Proven>,
  ): Promise<Proven> {
    for (;;) {
      const tried = await this.tryOnce(limits, prove);
      if ('proven' in tried) return tried.proven;
      const pending = tried.full.map((full) => [...(this.underWay.get(full) ?? [])]);
      if (pending.some((attempts) => attempts.length === 0)) {
        const seconds = Math.ceil(tried.freeInMs / 1_000);
        throw new Problem('bff_too_many_attempts', { retryAfter: String(seconds) });
      }
      await Promise.race(pending.flat());
    }
  }

  private async tryOnce<Proven>(
    limits: readonly WindowLimit[],
    prove: () => Promise<Proven>,
  ): Promise<{ readonly proven: Proven } | { readonly full: readonly string[]; readonly freeInMs: number }> {
    const over = Promise.withResolvers<undefined>();
    for (const limit of limits) this.enter(limit.key, over.promise);
    try {
      const taken = await this.failures.take(limits);
      if (!taken.taken) return taken;
      const proven = await prove().catch(async (error: unknown) => {
        // Nothing was compared, so the caller has learnt nothing.
        if (error instanceof Problem && error.errorCode === 'bff_overloaded') await taken.giveBack();
        throw error;
      });
      await taken.giveBack();
      return { proven };
    } finally {
      for (const limit of limits) this.leave(limit.key, over.promise);
      over.resolve(undefined);
    }
  }

  private enter(limited: string, over: Promise<undefined>): void {
    const attempts = this.underWay.get(limited);
    if (attempts === undefined) this.underWay.set(limited, new Set([over]));
    else attempts.add(over);
  }

  private leave(limited: string, over: Promise<undefined>): void {
    const attempts = this.underWay.get(limited);
    attempts?.delete(over);
    if (attempts?.size === 0) this.underWay.delete(limited);
  }

  private async remember(pair: string, account: string): Promise<void> {
    if (!(await this.familiar.replace(pair, true, FAMILIAR_MS)))
      await this.familiar.create(pair, true, FAMILIAR_MS, account);
  }
}

/** JSON keeps the parts apart, whatever they hold. */
function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
