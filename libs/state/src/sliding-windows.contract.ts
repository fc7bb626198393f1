import { describe, expect, it } from '@jest/globals';
import { type SlidingWindows, type Taken } from './sliding-windows.js';

const WINDOW_MS = 1_000;

export interface WindowsFixture {
  /** Creates empty windows. */
  readonly fresh: (windowMs: number) => Promise<SlidingWindows>;
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Time that the calls of a test may take, in milliseconds. */
  readonly toleranceMs: number;
}

/** The contract of every {@link SlidingWindows}, with windows of one second. */
export function slidingWindowsContract(
  name: string,
  { fresh: make, pass, toleranceMs }: WindowsFixture,
): void {
  describe(`${name} as sliding windows`, () => {
    const fresh = (): Promise<SlidingWindows> => make(WINDOW_MS);
    const expectFull = (taken: Taken, full: readonly string[], freeInMs: number): void => {
      if (taken.taken) throw new Error('The event was admitted');
      expect(taken.full).toEqual(full);
      expect(taken.freeInMs).toBeLessThanOrEqual(freeInMs);
      expect(taken.freeInMs).toBeGreaterThanOrEqual(freeInMs - toleranceMs);
    };
    const a = { key: 'a', limit: 2 };
    const b = { key: 'b', limit: 3 };

    it('admits events up to the limit, then returns the time until the next one is admitted', async () => {
      const windows = await fresh();
      expect(await windows.take([a])).toMatchObject({ taken: true });
      await pass(300);
      expect(await windows.take([a])).toMatchObject({ taken: true });
      expectFull(await windows.take([a]), ['a'], WINDOW_MS - 300);
      await pass(WINDOW_MS - 300);
      expect(await windows.take([a])).toMatchObject({ taken: true });
      expectFull(await windows.take([a]), ['a'], 300);
    });

    it('counts an event under no key if one of them is full', async () => {
      const windows = await fresh();
      await windows.take([a]);
      await windows.take([a]);
      for (let refused = 0; refused < 5; refused += 1) {
        expect(await windows.take([b, a])).toMatchObject({ taken: false });
      }
      for (let room = 0; room < 3; room += 1) expect(await windows.take([b])).toMatchObject({ taken: true });
      expect(await windows.take([b])).toMatchObject({ taken: false });
    });

    it('returns all full keys, and the longest time if there are several', async () => {
      const windows = await fresh();
      await windows.take([a]);
      await windows.take([a]);
      await pass(400);
      for (let event = 0; event < 3; event += 1) await windows.take([b]);
      expectFull(await windows.take([a, b]), ['a', 'b'], WINDOW_MS);
    });

    it('marks the event that fills a key, again after an event was given back', async () => {
      const windows = await fresh();
      expect(await windows.take([b, a])).toMatchObject({ taken: true, isLast: false });
      const second = await windows.take([b, a]);
      expect(second).toMatchObject({ taken: true, isLast: true });
      expect(await windows.take([b])).toMatchObject({ taken: true, isLast: true });
      if (second.taken) await second.giveBack();
      expect(await windows.take([a])).toMatchObject({ taken: true, isLast: true });
    });

    it('gives an event back under every key', async () => {
      const windows = await fresh();
      for (let round = 0; round < 10; round += 1) {
        const event = await windows.take([a, b]);
        if (!event.taken) throw new Error('The event was not admitted');
        await event.giveBack();
      }
    });

    it('counts concurrent events immediately', async () => {
      const windows = await fresh();
      const concurrent = await Promise.all(Array.from({ length: 10 }, async () => windows.take([a])));
      expect(concurrent.filter(({ taken }) => taken)).toHaveLength(2);
    });
  });
}
