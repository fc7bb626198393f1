import { timingSafeEqual } from 'node:crypto';
import { InvalidInputProblem } from '@bff/problems';
import { HashKeys, type HashKeySet } from '@bff/secrets';
import { Injectable } from '@nestjs/common';
import { type PageQuery } from './page-query.js';

const MAC_BYTES = 16;
export const DEFAULT_PAGE_SIZE = 50;

/**
 * Page tokens of the service's own lists. A token contains the last key of its page and a MAC over list, user and
 * key, so it is valid only for that list and that user (docs/security-requirements.md VAL-10).
 */
@Injectable()
export class PageTokens {
  private readonly keys: HashKeySet;

  constructor(hashKeys: HashKeys) {
    this.keys = hashKeys.of('page-tokens');
  }

  /**
   * Returns one page of a list, with the token of the next page if there are more entries.
   * @param list names the list and its filters
   * @param entries in the order of their keys, by code units
   * @throws InvalidInputProblem for a token that was not issued for this list and user
   */
  page<Entry>(
    list: string,
    userId: string,
    { pageToken, pageSize = DEFAULT_PAGE_SIZE }: PageQuery,
    entries: Iterable<readonly [key: string, entry: Entry]>,
  ): { readonly entries: readonly Entry[]; readonly nextPageToken?: string } {
    const after = pageToken === undefined ? '' : this.read(list, userId, pageToken);
    const page: Entry[] = [];
    let last = '';
    for (const [key, entry] of entries) {
      if (key <= after) continue;
      if (page.length === pageSize) {
        return { entries: page, nextPageToken: this.issue(list, userId, last) };
      }
      page.push(entry);
      last = key;
    }
    return { entries: page };
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
    return this.keys.mac(JSON.stringify(parts)).subarray(0, MAC_BYTES);
  }
}
