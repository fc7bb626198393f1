import { expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { BUCKETS_SECONDS, DurationHistogram } from './duration-histogram.js';

it('is exported like a histogram of prom-client', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const description = { name: 'bff_seconds', help: 'Durations.' };
  const histogram = new DurationHistogram(ours, description.name, description.help, 'operation');
  const reference = new Histogram({
    ...description,
    labelNames: ['operation'],
    buckets: BUCKETS_SECONDS,
    registers: [theirs],
  });
  expect(await ours.metrics()).toBe(await theirs.metrics());
  for (const [operation, seconds] of [
    ['account.read', 0],
    ['account.read', 0.005],
    ['account.read', 0.0051],
    ['page', 10],
    ['page', 10.5],
    ['page', 0.3],
  ] as const) {
    histogram.observe(operation, seconds);
    reference.observe({ operation }, seconds);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});
