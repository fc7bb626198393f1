import { beforeEach, expect, it } from '@jest/globals';
import { RetryBudget } from './retry-budget.js';

let now = 0;
let budget: RetryBudget;
beforeEach(() => {
  now = 0;
  budget = new RetryBudget(() => now);
});

function retriesOf(calls: number): number {
  let retries = 0;
  for (let call = 0; call < calls; call += 1) {
    budget.countCall();
    if (budget.take()) retries += 1;
  }
  return retries;
}

it('retries are a tenth of the calls, and two at the beginning (RES-06)', () => {
  expect(retriesOf(1_000)).toBeGreaterThan(100);
  expect(retriesOf(1_000)).toBeLessThanOrEqual(101);
});

it('at most ten retries are saved up', () => {
  for (let call = 0; call < 1_000; call += 1) budget.countCall();
  let retries = 0;
  while (budget.take()) retries += 1;
  expect(retries).toBe(10);
});

it('two retries are possible again ten seconds after the last one', () => {
  while (budget.take());
  now += 9_999;
  expect(budget.take()).toBe(false);
  now += 1;
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
});
