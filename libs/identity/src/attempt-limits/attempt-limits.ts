import { Problem } from '@bff/problems';
import { type LimitReached, type SlidingWindows, type WindowLimit } from '@bff/state';
import { networkOf } from './client-network.js';
import { type FamiliarAddresses, type NamedAccount } from './familiar-addresses.js';
import { type User } from '../users/user.js';

export const ATTEMPT_WINDOW_MS = 15 * 60_000;

/** Failures within the window (docs/contract.md section 4, "Attempt limits"). */
const LIMITS = { accountAndAddress: 10, address: 50, accountByStrangers: 50, user: 10 };

/** An action of a signed-in user that can fail too often. */
export type LimitedAction = 'elevation' | 'password-change';

/** Room for one attempt, which counts as failed until it is given back. */
interface Room {
  readonly taken: true;
  /** Whether this attempt, if it fails, reaches a limit. */
  readonly isLast: boolean;
  readonly giveBack: () => Promise<void>;
  readonly keep: () => void;
}

/**
 * Limits on guessing. Sign-ins are counted by the account that was typed, so that accounts that exist and such that do not
 * are limited alike; what a signed-in user does is counted by the user over all sessions and addresses.
 */
export class AttemptLimits {
  /** The attempts that hold room and may still give it back, by key. */
  private readonly underWay = new Map<string, Set<Promise<undefined>>>();

  constructor(
    private readonly failures: SlidingWindows,
    private readonly familiar: FamiliarAddresses,
  ) {}

  /**
   * Counts a sign-in as failed unless `prove` finds the user.
   * @throws what `prove` throws; Problem `bff_too_many_attempts` with the seconds until the next attempt is heard
   */
  async signIn(account: NamedAccount, address: string, prove: () => Promise<User>): Promise<User> {
    const network = networkOf(address);
    const room = await this.enter(() => this.admit(account, network));
    const user = await settle(room, prove);
    await this.familiar.add(user.id, network);
    return user;
  }

  /**
   * Counts an attempt of a signed-in user as failed unless `prove` returns.
   * @param onLimitReached called when this attempt failed and no further one is heard
   * @throws what `prove` throws; Problem `bff_too_many_attempts`
   */
  async actAs(
    action: LimitedAction,
    userId: string,
    prove: () => Promise<void>,
    onLimitReached: () => Promise<void>,
  ): Promise<void> {
    const limits = [{ key: key(action, userId), limit: LIMITS.user }];
    const room = await this.enter(() => this.take(limits));
    await settle(room, prove, onLimitReached);
  }

  /** An address that the account knows has its own limits alone, so that a stranger cannot lock anybody out. */
  private async admit(account: NamedAccount, network: string): Promise<Room | LimitReached> {
    const own = await this.take([
      { key: key('account and address', account.key, network), limit: LIMITS.accountAndAddress },
      { key: key('address', network), limit: LIMITS.address },
    ]);
    if (!own.taken) return own;
    try {
      if (await this.familiar.includes(account, network)) return own;
      const strangers = { key: key('strangers to account', account.key), limit: LIMITS.accountByStrangers };
      const asStranger = await this.take([strangers]);
      if (asStranger.taken) return both(own, asStranger);
      await own.giveBack();
      return asStranger;
    } catch (error) {
      own.keep();
      throw error;
    }
  }

  /** Waits where room may come back in a moment: only what has failed keeps anybody out for long. */
  private async enter(admit: () => Promise<Room | LimitReached>): Promise<Room> {
    for (;;) {
      const admitted = await admit();
      if (admitted.taken) return admitted;
      const pending = admitted.full.map((full) => [...(this.underWay.get(full) ?? [])]);
      if (pending.some((attempts) => attempts.length === 0)) {
        const seconds = Math.ceil(admitted.freeInMs / 1_000);
        throw new Problem('bff_too_many_attempts', { retryAfter: String(seconds) });
      }
      await Promise.race(pending.flat());
    }
  }

  private async take(limits: readonly WindowLimit[]): Promise<Room | LimitReached> {
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
    const attempts = this.underWay.get(limited);
    if (attempts === undefined) this.underWay.set(limited, new Set([over]));
    else attempts.add(over);
  }

  private end(limited: string, over: Promise<undefined>): void {
    const attempts = this.underWay.get(limited);
    attempts?.delete(over);
    if (attempts?.size === 0) this.underWay.delete(limited);
  }
}

async function settle<Proven>(
  room: Room,
  prove: () => Promise<Proven>,
  onLimitReached?: () => Promise<void>,
): Promise<Proven> {
  let proven: Proven;
  try {
    proven = await prove();
  } catch (error) {
    if (isUnheard(error)) {
      await room.giveBack();
    } else {
      room.keep();
      if (room.isLast) await onLimitReached?.();
    }
    throw error;
  }
  await room.giveBack();
  return proven;
}

/** A component that is down or full has not compared anything. */
function isUnheard(error: unknown): boolean {
  return error instanceof Problem && error.status === 503;
}

function both(one: Room, other: Room): Room {
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

/** JSON keeps the parts apart, whatever they hold. */
function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
