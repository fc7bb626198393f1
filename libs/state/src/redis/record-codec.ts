import { Secret } from '@bff/config';
import { type Keyring, type SealContext } from '@bff/secrets';
import { copied } from '../copied.js';
import { MAX_RECORD_VERSION, type RecordKind } from '../record-kind.js';

/** Beginning of the keys of records. */
export const RECORD_PREFIX = 'bff:r:';

/** Beginning of the keys that mark the end of a record: the key of the record follows. */
export const END_PREFIX = 'bff:e:';

/** A record as stored. */
export interface DecodedRecord<Value> {
  readonly value: Value;
  /** Changes with every write. */
  readonly generation: string;
}

/**
 * Encodes records as `<generation>.<sealed JSON>`. The seal binds a record to its kind, version and key, so that
 * records cannot be exchanged for each other (docs/security-requirements.md SES-24).
 */
export class RecordCodec<Value> {
  constructor(
    private readonly kind: RecordKind<Value>,
    private readonly keyring: Keyring,
  ) {
    if (kind.version > MAX_RECORD_VERSION) throw new Error(`The version of ${kind.name} is too high`);
  }

  encode(key: string, { value, generation }: DecodedRecord<Value>): string {
    const text = new Secret(JSON.stringify(this.kind.shortForm?.shorten(value) ?? value));
    return `${generation}.${this.keyring.seal(text, this.contextOf(key))}`;
  }

  /** @throws UnsealError if the record is of another version, damaged or sealed with an unknown key */
  decode(key: string, record: string): DecodedRecord<Value> {
    const end = record.indexOf('.');
    const text = this.keyring.open(record.slice(end + 1), this.contextOf(key)).reveal();
    const stored: unknown = JSON.parse(text, frozen);
    const value = this.kind.shortForm?.restore(stored as readonly unknown[]) ?? (stored as Value);
    // A slice would keep the whole record in memory.
    return { value, generation: copied(record.slice(0, end)) };
  }

  private contextOf(key: string): SealContext {
    return recordContext(key, this.kind.version);
  }
}

/** The key of a record in the shared store. */
export function recordKey({ name }: { readonly name: string }, key: string): string {
  return `${RECORD_PREFIX}${name}:${key}`;
}

/** What a record is bound to; its key begins with the name of its kind. */
export function recordContext(key: string, version: number): SealContext {
  const [kind = ''] = key.slice(RECORD_PREFIX.length).split(':', 1);
  return { kind: 'state', owner: `${kind} ${key}`, version };
}

function frozen(_: string, value: unknown): unknown {
  return Object.freeze(value);
}
