import { expect, it } from '@jest/globals';
import { FailureLimit } from './failure-limit.js';

const MINUTE = 60_000;

it('the first failure of a kind is logged at once, then one per minute with the number of suppressed failures', () => {
  let now = 1_000;
  const limit = new FailureLimit(() => now);
  expect(limit.admit('production ECONNREFUSED')).toBe(0);
  for (let failures = 0; failures < 500; failures += 1) {
    expect(limit.admit('production ECONNREFUSED')).toBeNull();
  }
  expect(limit.admit('production ENOTFOUND')).toBe(0);
  expect(limit.admit('staging ECONNREFUSED')).toBe(0);

  now += MINUTE - 1;
  expect(limit.admit('production ECONNREFUSED')).toBeNull();
  now += 1;
  expect(limit.admit('production ECONNREFUSED')).toBe(501);
  expect(limit.admit('production ECONNREFUSED')).toBeNull();
  now += MINUTE;
  expect(limit.admit('production ECONNREFUSED')).toBe(1);
  expect(limit.admit('staging ECONNREFUSED')).toBe(0);
});

it('failures of ever new kinds are limited to 500 lines per minute', () => {
  let now = 0;
  const limit = new FailureLimit(() => now);
  const logged = (from: number): number =>
    Array.from({ length: 2_000 }, (_, index) => limit.admit(`kind ${from + index}`)).filter(
      (admitted) => admitted !== null,
    ).length;
  expect(logged(0)).toBe(500);
  expect(logged(10_000)).toBe(0);
  now += MINUTE;
  expect(logged(20_000)).toBe(500);
});
