import { beforeEach, expect, it } from '@jest/globals';
import { LoopLag } from './loop-lag.js';

let now = 0;
let lag: LoopLag;
beforeEach(() => {
  now = 5_000;
  lag = new LoopLag(() => now);
  lag.start();
  lag.stop();
});

function checkAfter(...times: readonly number[]): boolean {
  for (const ms of times) {
    now += ms;
    lag.check();
  }
  return lag.isOverloaded;
}

it.each([
  [[100, 100, 100], false],
  [[300, 300, 300, 300, 300], false],
  [[301, 301, 301], false],
  [[301, 301, 301, 301], true],
  [[1_000], true],
  [[301, 301, 301, 150, 301], false],
  [[301, 301, 301, 301, 100], false],
])('after checks in intervals of %j ms the event loop is overloaded: %s', (times, isOverloaded) => {
  expect(checkAfter(...times)).toBe(isOverloaded);
});
