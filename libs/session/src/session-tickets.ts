import { hash, randomBytes } from 'node:crypto';
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
  private readonly prefixes: readonly [string, ...string[]];
  private readonly cachedKeys = new Map<string, readonly [string, ...string[]]>();

  /** @param key derives the keys of new records; `earlier` keys find records from before a key rotation */
  constructor(key: Buffer, ...earlier: readonly Buffer[]) {
    this.prefixes = [key.toString('hex'), ...earlier.map((other) => other.toString('hex'))];
  }

  issue(): string {
    return randomBytes(TICKET_BYTES).toString('base64url');
  }

  /** Returns the key under which the session of a ticket is stored now. */
  storeKey(ticket: string): string {
    return this.storeKeys(ticket)[0];
  }

  /** Returns the keys under which the session of a ticket may be stored, the current one first. */
  storeKeys(ticket: string): readonly [string, ...string[]] {
    let keys = this.cachedKeys.get(ticket);
    if (keys === undefined) {
      keys = this.underEachKey(ticket);
      if (this.cachedKeys.size === MAX_CACHED_KEYS) this.cachedKeys.clear();
      // A slice would keep the whole `Cookie` header in memory.
      this.cachedKeys.set(copied(ticket), keys);
    }
    return keys;
  }

  /**
   * Derives the keys of a browser from its cookie, the current one first; they cannot equal the store key of a
   * ticket.
   */
  browserKeys(value: string): readonly [string, ...string[]] {
    return this.underEachKey(`browser ${value}`);
  }

  private underEachKey(text: string): readonly [string, ...string[]] {
    const [current, ...earlier] = this.prefixes;
    const under = (prefix: string): string => hash('sha256', prefix + text, 'base64url');
    return [under(current), ...earlier.map(under)];
  }
}
