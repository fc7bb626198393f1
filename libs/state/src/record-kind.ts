/** Highest version of a kind, up to which a rotation of the encryption keys tries versions. */
export const MAX_RECORD_VERSION = 20;

/**
 * A kind of stored records. Values are plain JSON values, so that every store can hold them.
 * @typeParam Value the shape of the current version; a record of another version counts as absent
 */
export interface RecordKind<Value> {
  /** Part of the keys in a shared store: lower-case letters and hyphens. */
  readonly name: string;
  /** Incremented whenever the value or its stored form changes; at most {@link MAX_RECORD_VERSION}. */
  readonly version: number;
  /**
   * Copies that nodes keep in memory, which the shared store invalidates: none; of records, for records that
   * requests read; also of the absence of a record, unless callers without a session choose the keys.
   */
  readonly copies: 'none' | 'records' | 'records-and-absence';
  /** Whether a removed key is never used again; ends are then remembered (docs/contract.md section 4). */
  readonly uniqueKeys: boolean;
  /** The groups that list a record. A value and its replacements belong to the same ones. */
  readonly groupsOf?: (value: Value) => readonly string[];
  /** A short form of values for a shared store; without it they are stored as they are. */
  readonly shortForm?: ShortForm<Value>;
  /** Carries the type of the values. */
  readonly value?: Value;
}

/** Converts a value to an array of plain JSON values without the names of its fields, and back. */
export interface ShortForm<Value> {
  shorten(value: Value): readonly unknown[];
  restore(short: readonly unknown[]): Value;
}
