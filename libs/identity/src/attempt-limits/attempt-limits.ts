import { Problem } from '@bff/problems';
import { type LimitReached, type SlidingWindows, type WindowLimit } from '@bff/state';
import { networkOf } from './client-network.js';
import { type FamiliarAddresses, type NamedAccount } from './familiar-addresses.js';
import { type User } from '../users/user.js';

export const ATTEMPT_WINDOW_MS = 15 * 60_000;

/** Failures within the window (docs/contract.md section 4, "Attempt limits"). */
const LIMITS = { accountAndAddress: 10, address: 50, accountFromUnfamiliarNetworks: 50, user: 10 };

/** An action of a signed-in user whose failed attempts are limited. */
export type LimitedAction = 'elevation' | 'password-change';

/** A reservation for one attempt, which counts as failed until it is given back. */
interface Reservation {
  readonly taken: true;
  /** Whether this attempt, if it fails, reaches a limit. */
  readonly isLast: boolean;
  readonly giveBack: () => Promise<void>;
  readonly keep: () => void;
}

/**
 * Limits attempts to guess credentials. Sign-ins are counted by the entered account, so that existing and
 * unknown accounts are limited alike; actions of a signed-in user are counted over all their sessions and
 * addresses.
 */
export class AttemptLimits {
  /** Attempts that may still give back their reservation, by limit key. */
  private readonly pendingByKey = new Map<string, Set<Promise<undefined>>>();

  constructor(
    private readonly failures: SlidingWindows,
    private readonly familiar: FamiliarAddresses,
  ) {}

  /**
   * Counts a sign-in as failed unless `prove` finds the user.
   * @throws the error of `prove`; Problem `bff_too_many_attempts` with the seconds until the next attempt is
   * allowed
   */
  async signIn(account: NamedAccount, address: string, prove: () => Promise<User>): Promise<User> {
    const network = networkOf(address);
    const reservation = await this.reserve(() => this.admit(account, network));
    const user = await settle(reservation, prove);
    await this.familiar.add(user.id, network);
    return user;
  }

  /**
   * Counts an attempt of a signed-in user as failed unless `prove` returns.
   * @param onLimitReached called if this attempt fails and reaches the limit
   * @throws the error of `prove`; Problem `bff_too_many_attempts`
   */
  async actAs(
    action: LimitedAction,
    userId: string,
    prove: () => Promise<void>,
    onLimitReached: () => Promise<void>,
  ): Promise<void> {
    const limits = [{ key: key(action, userId), limit: LIMITS.user }];
    const reservation = await this.reserve(() => this.take(limits));
    await settle(reservation, prove, onLimitReached);
  }

  /**
   * A familiar network is subject only to its own limits, so that other networks cannot lock the user out.
   */
  private async admit(account: NamedAccount, network: string): Promise<Reservation | LimitReached> {
    const own = await this.take([
      { key: key('account and address', account.key, network), limit: LIMITS.accountAndAddress },
      { key: key('address', network), limit: LIMITS.address },
    ]);
    if (!own.taken) return own;
    try {
      if (await this.familiar.includes(account, network)) return own;
      const fromUnfamiliar = {
        key: key('account from unfamiliar networks', account.key),
        limit: LIMITS.accountFromUnfamiliarNetworks,
      };
      const unfamiliar = await this.take([fromUnfamiliar]);
      if (unfamiliar.taken) return both(own, unfamiliar);
      await own.giveBack();
      return unfamiliar;
    } catch (error) {
      own.keep();
      throw error;
    }
  }

  /**
   * Waits while a pending attempt may give back its reservation, so that only failed attempts reject others.
   */
  private async reserve(admit: () => Promise<Reservation | LimitReached>): Promise<Reservation> {
    for (;;) {
      const admitted = await admit();
      if (admitted.taken) return admitted;
      const pending = admitted.full.map((full) => [...(this.pendingByKey.get(full) ?? [])]);
      if (pending.some((attempts) => attempts.length === 0)) {
        const seconds = Math.ceil(admitted.freeInMs / 1_000);
        throw new Problem('bff_too_many_attempts', { retryAfter: String(seconds) });
      }
      await Promise.race(pending.flat());
    }
  }

  private async take(limits: readonly WindowLimit[]): Promise<Reservation | LimitReached> {
    const taken = await this.failures.take(limits);
    if (!taken.taken) return taken;
    const over = Promise.withResolvers<undefined>();
    for (const limit of limits) this.begin(limit.key, over.promise);
    const keep = (): void => {
      for (const limit of limits) this.end(limit.key, over.promise);
      over.resolve(undefined);
    };
    const giveBack = async (): Promise<void> => {
      try {
        await taken.giveBack();
      } finally {
        keep();
      }
    };
    return { taken: true, isLast: taken.isLast, keep, giveBack };
  }

  private begin(limited: string, over: Promise<undefined>): void {
    const attempts = this.pendingByKey.get(limited);
    if (attempts === undefined) this.pendingByKey.set(limited, new Set([over]));
    else attempts.add(over);
  }

  private end(limited: string, over: Promise<undefined>): void {
    const attempts = this.pendingByKey.get(limited);
    attempts?.delete(over);
    if (attempts?.size === 0) this.pendingByKey.delete(limited);
  }
}

async function settle<Proven>(
  reservation: Reservation,
  prove: () => Promise<Proven>,
  onLimitReached?: () => Promise<void>,
): Promise<Proven> {
  let proven: Proven;
  try {
    proven = await prove();
  } catch (error) {
    if (isServiceFailure(error)) {
      await reservation.giveBack();
    } else {
      reservation.keep();
      if (reservation.isLast) await onLimitReached?.();
    }
    throw error;
  }
  await reservation.giveBack();
  return proven;
}

/** Whether a component was unavailable or overloaded, so that the credential was not compared. */
function isServiceFailure(error: unknown): boolean {
  return error instanceof Problem && error.status === 503;
}

function both(one: Reservation, other: Reservation): Reservation {
  return {
    taken: true,
    isLast: one.isLast || other.isLast,
    keep: () => {
      one.keep();
      other.keep();
    },
    giveBack: async () => {
      await one.giveBack();
      await other.giveBack();
    },
  };
}

/** JSON separates the parts unambiguously. */
function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
