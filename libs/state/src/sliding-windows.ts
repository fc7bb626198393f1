import { type MaybePromise } from './expiring-store.js';

/** How many events a key may have within the window. */
export interface WindowLimit {
  readonly key: string;
  readonly limit: number;
}

/** No room: the keys that are full, and the milliseconds until all of them have room again. */
export interface NoRoom {
  readonly taken: false;
  readonly full: readonly string[];
  readonly freeInMs: number;
}

/** What came of asking for room: one event counted under every key, or none under any. */
export type Taken =
  | {
      readonly taken: true;
      /** Whether a key is full now. */
      readonly isLast: boolean;
      readonly giveBack: () => MaybePromise<void>;
    }
  | NoRoom;

/**
 * Counts events in sliding windows, several at once: all keys have room, or none is touched. An event counts from the
 * moment it is taken, so that a hundred at once cannot all slip under a limit of ten.
 * @throws Problem `bff_session_store_unavailable`, when the store cannot be reached
 */
export interface SlidingWindows {
  take(limits: readonly WindowLimit[]): MaybePromise<Taken>;
}
