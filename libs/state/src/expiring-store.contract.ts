import { describe, expect, it } from '@jest/globals';
import { type ExpiringStore } from './expiring-store.js';

/**
 * The contract of every {@link ExpiringStore}.
 * @param make creates an empty store with the given monotonic clock
 */
export function expiringStoreContract(
  name: string,
  make: (clock: () => number) => Promise<ExpiringStore<string>>,
): void {
  describe(`${name} as an expiring store`, () => {
    let now = 1_000_000;
    const fresh = (): Promise<ExpiringStore<string>> => make(() => now);

    it('returns a value under its key and nothing under another', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      expect(await store.get('a')).toBe('one');
      expect(await store.get('b')).toBeUndefined();
    });

    it('removes a value at its expiry', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      now += 9;
      expect(await store.get('a')).toBe('one');
      now += 1;
      expect(await store.get('a')).toBeUndefined();
      expect(await store.inGroup('g')).toEqual(new Map());
    });

    it('replaces an existing value and its expiry', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      expect(await store.replace('a', 'two', 100)).toBe(true);
      now += 50;
      expect(await store.get('a')).toBe('two');
    });

    it('never restores a removed or expired value with a late replacement (SES-15)', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      await store.create('b', 'one', 10, 'g');
      expect(await store.remove('a')).toBe(true);
      expect(await store.replace('a', 'late', 100)).toBe(false);
      now += 10;
      expect(await store.replace('b', 'late', 100)).toBe(false);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.get('b')).toBeUndefined();
    });

    it('does not overwrite an existing value, and returns false', async () => {
      const store = await fresh();
      expect(await store.create('a', 'one', 10)).toBe(true);
      expect(await store.create('a', 'two', 100)).toBe(false);
      expect(await store.get('a')).toBe('one');
      now += 10;
      expect(await store.create('a', 'two', 100)).toBe(true);
      expect(await store.get('a')).toBe('two');
    });

    it('adds exactly one of several concurrent values', async () => {
      const store = await fresh();
      const added = await Promise.all(['1', '2', '3'].map((value) => store.create('a', value, 10)));
      expect(added.filter(Boolean)).toHaveLength(1);
    });

    it('lists a value in each of its groups until it is removed', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g', 'h');
      expect(await store.inGroup('g')).toEqual(new Map([['a', 'one']]));
      expect(await store.inGroup('h')).toEqual(new Map([['a', 'one']]));
      await store.remove('a');
      expect(await store.inGroup('g')).toEqual(new Map());
      expect(await store.inGroup('h')).toEqual(new Map());
    });

    it('returns whether a value was removed', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      expect(await store.remove('a')).toBe(true);
      expect(await store.remove('a')).toBe(false);
    });

    it('lists only the unexpired values of a group', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10, 'g');
      await store.create('b', 'two', 20, 'g');
      await store.create('c', 'three', 20, 'h');
      now += 10;
      expect(await store.inGroup('g')).toEqual(new Map([['b', 'two']]));
      expect(await store.inGroup('h')).toEqual(new Map([['c', 'three']]));
      expect(await store.inGroup('unknown')).toEqual(new Map());
    });
  });
}
