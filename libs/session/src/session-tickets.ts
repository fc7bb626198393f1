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
  private readonly prefix: string;
  private readonly cachedKeys = new Map<string, string>();

  constructor(key: Buffer) {
    this.prefix = key.toString('hex');
  }

  issue(): string {
    return randomBytes(TICKET_BYTES).toString('base64url');
  }

  storeKey(ticket: string): string {
    let key = this.cachedKeys.get(ticket);
    if (key === undefined) {
      key = hash('sha256', this.prefix + ticket, 'base64url');
      if (this.cachedKeys.size === MAX_CACHED_KEYS) this.cachedKeys.clear();
      // A slice would keep the whole `Cookie` header in memory.
      this.cachedKeys.set(copied(ticket), key);
    }
    return key;
  }

  /** Derives the key of a browser from its cookie; it cannot equal the store key of a ticket. */
  browserKey(value: string): string {
    return hash('sha256', `${this.prefix}browser ${value}`, 'base64url');
  }
}
