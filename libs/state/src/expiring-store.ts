import { Problem } from '@bff/problems';

/** This node's memory does not have a record's current state; reading the record again brings it. */
export class NotInMemoryError extends Problem {
  constructor() {
    super('bff_session_store_unavailable', { retryAfter: '1' });
  }
}

/** A replacement for a stored value. */
export interface Replacement<Value> {
  readonly value: Value;
  readonly lifetimeMs: number;
}

/**
 * Stores values that expire, by key and in groups (for example the sessions of one user). A lifetime is in
 * milliseconds from now, so that a change of the wall clock does not affect it. Values are frozen: they are
 * replaced, never changed. Keys may be slices of a request; texts in values must be {@link copied}. Implementations
 * pass `expiring-store.contract.ts`.
 * @throws Problem `bff_session_store_unavailable` from every method, if the store is unreachable
 */
export interface ExpiringStore<Value> {
  get(key: string): Promise<Value | undefined>;
  /**
   * Returns what {@link get} would return, from the memory of this node, for checks that cannot wait.
   * @throws NotInMemoryError if this node does not know
   */
  peek(key: string): Value | undefined;
  /**
   * Adds a value, in the groups of its kind, unless the key exists. Of concurrent calls exactly one succeeds.
   * @returns whether the value was added
   */
  create(key: string, value: Value, lifetimeMs: number): Promise<boolean>;
  /**
   * Replaces an existing value by one that is derived from it. Concurrent updates of a key apply one after the
   * other, and a late one never restores a removed value (docs/security-requirements.md SES-15).
   * @param change called with the stored value, again if the value changed concurrently
   * @returns whether the value existed
   */
  update(key: string, change: (stored: Value) => Replacement<Value>): Promise<boolean>;
  /** Removes a value for all readers. @returns whether it existed */
  remove(key: string): Promise<boolean>;
  /** The unexpired values of a group by key, in no particular order. */
  inGroup(group: string): Promise<ReadonlyMap<string, Value>>;
}
