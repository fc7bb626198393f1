import { expect, it } from '@jest/globals';
import { preferredWaitMs } from './preferred-wait.js';

it.each([
  ['wait=1', 1_000],
  ['wait=600', 600_000],
  ['WAIT = 10', 10_000],
  ['wait="5"', 5_000],
  ['respond-async, wait=3', 3_000],
  ['wait=3; foo=bar, return=minimal', 3_000],
  ['wait=2, wait=9', 2_000],
])('%s asks for a wait of %i ms (RES-05)', (prefer, ms) => {
  expect(preferredWaitMs(prefer)).toBe(ms);
});

it.each([
  [undefined],
  [''],
  ['wait'],
  ['wait=0'],
  ['wait=601'],
  ['wait=-1'],
  ['wait=1.5'],
  ['wait=1s'],
  ['await=5'],
  ['return=minimal'],
  [`wait=5${' '.repeat(300)}`],
])('%j asks for nothing', (prefer) => {
  expect(preferredWaitMs(prefer)).toBeNull();
});
