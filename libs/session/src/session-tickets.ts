import { hash, randomBytes } from 'node:crypto';
import { copied } from '@bff/state';

const TICKET_BYTES = 32;

/** So many keys are remembered; past that all are forgotten, which costs a hash each and nothing else. */
const MAX_REMEMBERED = 10_000;

/**
 * Issues tickets and names the key under which a store knows one. The key is a hash under a secret prefix:
 * every input has the same length, so that extending one leads nowhere, and a one-shot hash costs a tenth of
 * an HMAC object (docs/decisions/0007-sessions-in-process-first.md).
 */
export class SessionTickets {
  private readonly prefix: string;
  private readonly remembered = new Map<string, string>();

  constructor(key: Buffer) {
    this.prefix = key.toString('hex');
  }

  issue(): string {
    return randomBytes(TICKET_BYTES).toString('base64url');
  }

  storeKey(ticket: string): string {
    let key = this.remembered.get(ticket);
    if (key === undefined) {
      key = hash('sha256', this.prefix + ticket, 'base64url');
      if (this.remembered.size === MAX_REMEMBERED) this.remembered.clear();
      // Otherwise the whole `Cookie` header that it was cut from would stay.
      this.remembered.set(copied(ticket), key);
    }
    return key;
  }

  /** The name under which the store knows a browser; no ticket has it. */
  browserKey(value: string): string {
    return hash('sha256', `${this.prefix}browser ${value}`, 'base64url');
  }
}
