/**
 * Stores values that expire, by key and in groups (for example the sessions of one user). A lifetime is in
 * milliseconds from now, so that a change of the wall clock does not affect it. Values are frozen: they are
 * replaced, never changed. Keys and groups may be slices of a request; texts in values must be {@link
 * copied}. Implementations pass `expiring-store.contract.ts`.
 * @throws Problem `bff_session_store_unavailable` from every method, if the store is unreachable
 */
export interface ExpiringStore<Value> {
  get(key: string): Promise<Value | undefined>;
  /** The value that this node has in memory, for checks that cannot wait. */
  peek(key: string): Value | undefined;
  /**
   * Adds a value, in all given groups, unless the key exists. Of concurrent calls exactly one succeeds.
   * @returns whether the value was added
   */
  create(key: string, value: Value, lifetimeMs: number, ...groups: readonly string[]): Promise<boolean>;
  /**
   * Replaces an existing value; a late write never restores a removed one (docs/security-requirements.md
   * SES-15).
   * @returns whether the value existed
   */
  replace(key: string, value: Value, lifetimeMs: number): Promise<boolean>;
  /** Removes a value for all readers. @returns whether it existed */
  remove(key: string): Promise<boolean>;
  /** The unexpired values of a group by key, in no particular order. */
  inGroup(group: string): Promise<ReadonlyMap<string, Value>>;
}
