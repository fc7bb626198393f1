import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidInputProblem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { Injectable } from '@nestjs/common';

const MAC_BYTES = 16;

/**
 * Page tokens of our own lists: where the next page begins, under a MAC over the list and its reader, so that one list's
 * or one user's token is none anywhere else (security-bar.md VAL-10).
 */
@Injectable()
export class PageTokens {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = keyring.derive('page-tokens');
  }

  issue(list: string, userId: string, after: string): string {
    return Buffer.concat([this.mac(list, userId, after), Buffer.from(after)]).toString('base64url');
  }

  /** @throws InvalidInputProblem for a token that was not issued for this list and user */
  read(list: string, userId: string, token: string): string {
    const bytes = Buffer.from(token, 'base64url');
    const after = bytes.subarray(MAC_BYTES).toString();
    const genuine =
      bytes.length > MAC_BYTES &&
      bytes.toString('base64url') === token &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(list, userId, after));
    if (genuine) return after;
    throw new InvalidInputProblem(['pageToken must be taken from an earlier page']);
  }

  private mac(...parts: readonly string[]): Buffer {
    return createHmac('sha256', this.key).update(JSON.stringify(parts)).digest().subarray(0, MAC_BYTES);
  }
}
