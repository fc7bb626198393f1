import { type MaybePromise } from './expiring-store.js';

/** How many events a key may have within the window. */
export interface WindowLimit {
  readonly key: string;
  readonly limit: number;
}

/**
 * What came of asking for room: one event counted under every key; or the keys that have none, and the
 * milliseconds until there is room again.
 */
export type Taken =
  | { readonly taken: true; readonly giveBack: () => MaybePromise<void> }
  | { readonly taken: false; readonly full: readonly string[]; readonly freeInMs: number };

/**
 * Counts events in sliding windows, several at once: all keys have room, or none is touched. An event counts from the
 * moment it is taken, so that a hundred at once cannot all slip under a limit of ten.
 * @throws Problem `bff_session_store_unavailable`, when the store cannot be reached
 */
export interface SlidingWindows {
  take(limits: readonly WindowLimit[]): MaybePromise<Taken>;
}
