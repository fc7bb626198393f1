import { hash, randomBytes } from 'node:crypto';
import { type HashKey, type HashKeySet } from '@bff/secrets';
import { copied } from '@bff/state';

const TICKET_BYTES = 32;

/** Maximum number of cached keys; a full cache is cleared, which costs one hash for each ticket in use. */
const MAX_CACHED_KEYS = 10_000;

/**
 * Issues tickets and derives the keys under which a store holds their sessions. A key is a hash under a
 * secret prefix: all inputs have the same length, so length extension does not apply, and a one-shot hash
 * costs a tenth of an HMAC object (docs/decisions/0007-sessions-in-process-first.md).
 */
export class SessionTickets {
  private readonly cachedKeys = new Map<string, readonly string[]>();
  /** The prefixes of {@link prefixesFor}. */
  private prefixes: readonly string[] = [];
  private prefixesFor: readonly HashKey[] = [];

  /** @param hashKeys the current one derives the keys of new records; all of them find records */
  constructor(private readonly hashKeys: HashKeySet) {}

  issue(): string {
    return randomBytes(TICKET_BYTES).toString('base64url');
  }

  /** Returns the key under which the session of a new ticket is stored. */
  storeKey(ticket: string): string {
    return under(prefixOf(this.hashKeys.current), ticket);
  }

  /** Returns the keys under which the session of a ticket may be stored, the most probable one first. */
  storeKeys(ticket: string): readonly string[] {
    const prefixes = this.allPrefixes();
    let keys = this.cachedKeys.get(ticket);
    if (keys === undefined) {
      keys = prefixes.map((prefix) => under(prefix, ticket));
      this.cache(ticket, keys);
    }
    return keys;
  }

  /** Remembers the key of a session that was found, so that its next look-up is not preceded by others. */
  isStoredUnder(ticket: string, storeKey: string): void {
    const keys = this.storeKeys(ticket);
    if (keys[0] !== storeKey) this.cache(ticket, [storeKey, ...keys.filter((key) => key !== storeKey)]);
  }

  /** Returns the key of a browser, derived from its cookie; it cannot equal the store key of a ticket. */
  browserKey(value: string): string {
    return under(prefixOf(this.hashKeys.current), `browser ${value}`);
  }

  /** Returns all keys under which earlier sessions may name a browser. */
  browserKeys(value: string): readonly string[] {
    return this.allPrefixes().map((prefix) => under(prefix, `browser ${value}`));
  }

  private allPrefixes(): readonly string[] {
    const { all } = this.hashKeys;
    if (all !== this.prefixesFor) {
      this.prefixesFor = all;
      this.prefixes = all.map(prefixOf);
      this.cachedKeys.clear();
    }
    return this.prefixes;
  }

  private cache(ticket: string, keys: readonly string[]): void {
    if (this.cachedKeys.size === MAX_CACHED_KEYS) this.cachedKeys.clear();
    // A slice would keep the whole `Cookie` header in memory.
    this.cachedKeys.set(copied(ticket), keys);
  }
}

function prefixOf({ key }: HashKey): string {
  return key.reveal().toString('hex');
}

function under(prefix: string, text: string): string {
  return hash('sha256', prefix + text, 'base64url');
}
