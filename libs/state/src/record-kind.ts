/** Highest version of a kind, up to which a rotation of the encryption keys tries versions. */
export const MAX_RECORD_VERSION = 20;

/**
 * A kind of stored records. Values are plain JSON values, so that every store can hold them.
 * @typeParam Value the shape of the current version; a record of another version counts as absent
 */
export interface RecordKind<Value> {
  /** Part of the keys in a shared store: lower-case letters and hyphens. */
  readonly name: string;
  /** Incremented whenever the shape of the value changes; at most {@link MAX_RECORD_VERSION}. */
  readonly version: number;
  /**
   * Copies that nodes keep in memory, which the shared store invalidates: none; of records, for records that
   * requests read; also of the absence of a record, unless callers without a session choose the keys.
   */
  readonly copies: 'none' | 'records' | 'records-and-absence';
  /** Whether a removed key is never used again; ends are then remembered (docs/contract.md section 4). */
  readonly uniqueKeys: boolean;
  /** Carries the type of the values. */
  readonly value?: Value;
}
