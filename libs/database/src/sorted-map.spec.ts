import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeSorted } from './sorted-map.js';

const byCodeUnits = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

it('changeSorted returns the sorted map of the changed entries', () => {
  const key = fc.constantFrom('', 'B', 'a', 'b', 'c', 'd', 'ä', 'z');
  const entries = fc.uniqueArray(fc.tuple(key, fc.integer()), { selector: ([name]) => name });
  fc.assert(
    fc.property(entries, fc.array(key), entries, (before, removed, added) => {
      const expected = new Map(before);
      for (const name of removed) expected.delete(name);
      for (const [name, value] of added) expected.set(name, value);
      const sorted = new Map([...before].sort(byCodeUnits));
      expect([...changeSorted(sorted, removed, added)]).toEqual([...expected].sort(byCodeUnits));
    }),
  );
});
