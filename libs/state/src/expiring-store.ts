/** A value at once where it is at hand, a promise where it must be fetched: the request path waits only when it must. */
export type MaybePromise<Value> = Value | Promise<Value>;

/**
 * Keyed values that expire, in groups (the sessions of one user). A lifetime is in milliseconds from now, so that a wall clock
 * that steps neither shortens nor lengthens it.
 * Implementations pass `expiring-store.contract.ts`. Values are frozen: they are replaced, never changed. Keys and groups
 * may be cut from a request; texts in values must be {@link copied}.
 * @throws Problem `bff_session_store_unavailable` from every method, when the store cannot be reached
 */
export interface ExpiringStore<Value> {
  get(key: string): MaybePromise<Value | undefined>;
  /** The value as this node knows it, without asking anybody: for a check that cannot wait. */
  peek(key: string): Value | undefined;
  /**
   * Adds a value and says whether it did: one that is there stays. Of several at once exactly one is added. The value
   * belongs to every group that is named.
   */
  create(key: string, value: Value, lifetimeMs: number, ...groups: readonly string[]): Promise<boolean>;
  /**
   * Replaces a value that is still there and says whether it was: a late write never brings back what was
   * removed (docs/security-requirements.md SES-15).
   */
  replace(key: string, value: Value, lifetimeMs: number): MaybePromise<boolean>;
  /** Removes a value and says whether it was there; from then on it is gone for every reader. */
  remove(key: string): Promise<boolean>;
  /** The living values of a group, in no particular order. */
  inGroup(group: string): Promise<ReadonlyMap<string, Value>>;
}
