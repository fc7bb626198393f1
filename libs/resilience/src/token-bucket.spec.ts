import { expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

it('a bucket of three, refilled twice a second, gives three at once and then one every 500 ms', () => {
  let now = 10_000;
  const bucket = new TokenBucket(3, 2, () => now);
  const take = (count: number): (number | null)[] => Array.from({ length: count }, () => bucket.take(1_000));
  expect(take(6)).toEqual([0, 0, 0, 500, 1_000, null]);
  // What was not taken costs nothing.
  now += 500;
  expect(take(2)).toEqual([1_000, null]);
  now += 60_000;
  expect(take(4)).toEqual([0, 0, 0, 500]);
});

it('a bucket of less than one gives one', () => {
  const bucket = new TokenBucket(0.3, 0.1, () => 0);
  expect([bucket.take(0), bucket.take(20_000)]).toEqual([0, 10_000]);
});
