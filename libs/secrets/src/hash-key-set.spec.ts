import { Secret } from '@bff/config';
import { describe, expect, it } from '@jest/globals';
import { type HashKey, HashKeySet } from './hash-key-set.js';

const MINUTE_MS = 60_000;

const key = (generation: number, createdAt: number): HashKey => ({
  generation,
  createdAt,
  key: new Secret(Buffer.alloc(32, generation)),
});

describe('a set of hash keys', () => {
  it('uses a further key when it is 60 s old, so that every node knows it', () => {
    let now = 0;
    const keys = new HashKeySet('session-tickets', [key(2, 0), key(1, -10 * MINUTE_MS)], () => now);
    expect(keys.current.generation).toBe(1);
    now = MINUTE_MS - 1;
    expect(keys.current.generation).toBe(1);
    const mac = keys.mac('text');
    now = MINUTE_MS;
    expect(keys.current.generation).toBe(2);
    expect(keys.mac('text')).not.toEqual(mac);
  });

  it('uses its first key at once', () => {
    expect(new HashKeySet('session-tickets', [key(1, 0)], () => 0).current.generation).toBe(1);
  });

  it('uses the earlier key while the clock is behind the time at which the further one was created', () => {
    const keys = new HashKeySet('session-tickets', [key(2, MINUTE_MS), key(1, 0)], () => MINUTE_MS);
    expect(keys.current.generation).toBe(1);
  });

  it('without a key makes no hash', () => {
    expect(() => new HashKeySet('page-tokens', [], () => 0).mac('text')).toThrow(
      'No hash key for page-tokens can be opened',
    );
  });
});
