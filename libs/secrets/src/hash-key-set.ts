import { createHmac } from 'node:crypto';
import { type Clock, type Secret } from '@bff/config';

/** Age at which a further key is used, when every node has read it. */
const SETTLED_MS = 60_000;

/** One generation of the key of a keyed hash. */
export interface HashKey {
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly key: Secret<Buffer>;
}

/** The keys of one purpose: the current one makes hashes, all of them find earlier ones. */
export class HashKeySet {
  private keys: readonly HashKey[];

  /** @param keys newest first */
  constructor(
    private readonly purpose: string,
    keys: readonly HashKey[],
    private readonly clock: Clock,
  ) {
    this.keys = keys;
  }

  /** All keys, the newest first; another array after a change. */
  get all(): readonly HashKey[] {
    return this.keys;
  }

  /**
   * The newest key that every node knows.
   * @throws Error if no key can be opened
   */
  get current(): HashKey {
    const settledBefore = this.clock() - SETTLED_MS;
    const current = this.keys.find(({ createdAt }) => createdAt <= settledBefore) ?? this.keys.at(-1);
    if (current === undefined) throw new Error(`No hash key for ${this.purpose} can be opened`);
    return current;
  }

  replace(keys: readonly HashKey[]): void {
    this.keys = keys;
  }

  /** Returns the HMAC-SHA-256 over a text under the current key. @throws Error if no key can be opened */
  mac(text: string): Buffer {
    return createHmac('sha256', this.current.key.reveal()).update(text).digest();
  }
}

/**
 * The time from which on a key, given the one that replaced it, makes no hash any more.
 * @returns milliseconds since the epoch
 */
export function replacedAt({ createdAt }: Pick<HashKey, 'createdAt'>): number {
  return createdAt + SETTLED_MS;
}
