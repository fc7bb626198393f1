import { describe, expect, it } from '@jest/globals';
import { type ExpiringStore, type Replacement } from './expiring-store.js';
import { type RecordKind } from './record-kind.js';

/** The kind of the records of the contract: texts that name their groups, such as `value@group@other-group`. */
export const CONTRACT_KIND: RecordKind<string> = {
  name: 'contract',
  version: 1,
  copies: 'records',
  uniqueKeys: false,
  groupsOf: (value) => value.split('@').slice(1),
};

export interface StoreFixture {
  /** Creates an empty store. */
  readonly fresh: () => Promise<ExpiringStore<string>>;
  /** Lets the given number of {@link unitMs} pass; expiries are half of a lifetime away from every check. */
  readonly pass: (units: number) => Promise<void>;
  readonly unitMs: number;
}

/** The contract of every {@link ExpiringStore}. */
export function expiringStoreContract(name: string, { fresh, pass, unitMs }: StoreFixture): void {
  describe(`${name} as an expiring store`, () => {
    it('returns a value under its key and nothing under another', async () => {
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      expect(await store.get('a')).toBe('one@g');
      expect(await store.get('b')).toBeUndefined();
    });

    it('removes a value at its expiry', async () => {
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      await pass(5);
      expect(await store.get('a')).toBe('one@g');
      await pass(6);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.inGroup('g')).toEqual(new Map());
    });

    it('replaces an existing value and its expiry', async () => {
      const store = await fresh();
      await store.create('a', 'one', 10 * unitMs);
      expect(
        await store.update('a', (stored) => ({ value: `${stored} more`, lifetimeMs: 100 * unitMs })),
      ).toBe(true);
      await pass(15);
      expect(await store.get('a')).toBe('one more');
    });

    it('applies concurrent updates of a value one after the other', async () => {
      const store = await fresh();
      await store.create('a', '', 100 * unitMs);
      const letters = ['1', '2', '3', '4', '5'];
      await Promise.all(
        letters.map((letter) =>
          store.update('a', (stored) => ({ value: stored + letter, lifetimeMs: 100 * unitMs })),
        ),
      );
      expect([...((await store.get('a')) ?? '')].sort()).toEqual(letters);
    });

    it('lists an updated value in its groups until its new expiry', async () => {
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      await store.update('a', () => ({ value: 'two@g', lifetimeMs: 100 * unitMs }));
      await pass(15);
      expect(await store.inGroup('g')).toEqual(new Map([['a', 'two@g']]));
    });

    it('never restores a removed or expired value with a late replacement (SES-15)', async () => {
      const late = (): Replacement<string> => ({ value: 'late', lifetimeMs: 100 * unitMs });
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      await store.create('b', 'one@g', 10 * unitMs);
      expect(await store.remove('a')).toBe(true);
      expect(await store.update('a', late)).toBe(false);
      await pass(11);
      expect(await store.update('b', late)).toBe(false);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.get('b')).toBeUndefined();
    });

    it('does not overwrite an existing value, and returns false', async () => {
      const store = await fresh();
      expect(await store.create('a', 'one', 10 * unitMs)).toBe(true);
      expect(await store.create('a', 'two', 100 * unitMs)).toBe(false);
      expect(await store.get('a')).toBe('one');
      await pass(11);
      expect(await store.create('a', 'two', 100 * unitMs)).toBe(true);
      expect(await store.get('a')).toBe('two');
    });

    it('adds exactly one of several concurrent values', async () => {
      const store = await fresh();
      const added = await Promise.all(['1', '2', '3'].map((value) => store.create('a', value, 10 * unitMs)));
      expect(added.filter(Boolean)).toHaveLength(1);
    });

    it('lists a value in each of its groups until it is removed', async () => {
      const store = await fresh();
      await store.create('a', 'one@g@h', 10 * unitMs);
      expect(await store.inGroup('g')).toEqual(new Map([['a', 'one@g@h']]));
      expect(await store.inGroup('h')).toEqual(new Map([['a', 'one@g@h']]));
      await store.remove('a');
      expect(await store.inGroup('g')).toEqual(new Map());
      expect(await store.inGroup('h')).toEqual(new Map());
    });

    it('returns whether a value was removed', async () => {
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      expect(await store.remove('a')).toBe(true);
      expect(await store.remove('a')).toBe(false);
    });

    it('lists only the unexpired values of a group', async () => {
      const store = await fresh();
      await store.create('a', 'one@g', 10 * unitMs);
      await store.create('b', 'two@g', 20 * unitMs);
      await store.create('c', 'three@h', 20 * unitMs);
      await pass(11);
      expect(await store.inGroup('g')).toEqual(new Map([['b', 'two@g']]));
      expect(await store.inGroup('h')).toEqual(new Map([['c', 'three@h']]));
      expect(await store.inGroup('unknown')).toEqual(new Map());
    });
  });
}
