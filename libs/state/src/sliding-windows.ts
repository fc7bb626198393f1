/** Maximum events of a key within the window. */
export interface WindowLimit {
  readonly key: string;
  readonly limit: number;
}

/** An event that is not admitted: the full keys, and the milliseconds until none of them is full. */
export interface LimitReached {
  readonly taken: false;
  readonly full: readonly string[];
  readonly freeInMs: number;
}

/** The result of {@link SlidingWindows.take}: the event is counted under every key or under none. */
export type Taken =
  | {
      readonly taken: true;
      /** Whether the event filled a key. */
      readonly isLast: boolean;
      readonly giveBack: () => Promise<void>;
    }
  | LimitReached;

/**
 * Counts events in sliding windows. An event is counted under several keys atomically, before its outcome is
 * known, so that concurrent events cannot exceed a limit.
 * @throws Problem `bff_session_store_unavailable` if the store is unreachable
 */
export interface SlidingWindows {
  take(limits: readonly WindowLimit[]): Promise<Taken>;
}
