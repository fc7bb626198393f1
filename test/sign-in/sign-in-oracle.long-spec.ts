import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { attempt, type Case, names, openOracle } from '../support/sign-in-oracle.js';
import { type Bff } from '../support/start-bff.js';

const ROUNDS = 60;
/** Noise of the machine affects a batch or two; a difference in the work affects all. */
const BATCHES = 6;
/** All batches on a machine that takes 60 ms for an attempt. */
const TIMEOUT_MS = 120_000;

let bff: Bff;
beforeAll(async () => {
  bff = await openOracle();
});
afterAll(() => bff.close());

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

it(
  'the duration of a failed sign-in does not reveal whether an account exists: medians differ by at most 5 %',
  async () => {
    const spreads: number[] = [];
    for (let batch = 0; batch < BATCHES && !(Math.min(...spreads) <= 0.05); batch += 1) {
      const times = new Map<Case, number[]>(names.map((name) => [name, []]));
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let turn = 0; turn < names.length; turn += 1) {
          const name = names[(turn + round) % names.length] ?? 'an unknown user';
          times.get(name)?.push((await attempt(name)).ms);
        }
      }
      const medians = [...times.values()].map(median);
      spreads.push(Math.max(...medians) / Math.min(...medians) - 1);
    }
    expect(Math.min(...spreads)).toBeLessThanOrEqual(0.05);
  },
  TIMEOUT_MS,
);
