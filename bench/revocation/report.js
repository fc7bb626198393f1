import { table } from '../report.js';
import { percentile } from '../statistics.js';

const targets = { p99: 1_000, max: 2_000 };

/** @param samples by kind: milliseconds @param load what the background load returned */
export function judge(samples, load) {
  const all = Object.values(samples).flat();
  const { p99, max } = figures(all);
  const isMet = p99 <= targets.p99 && max <= targets.max && load.failures.length === 0;
  const rows = Object.entries({ ...samples, all }).map(([kind, values]) => row(kind, values));
  const [failure] = load.failures;
  const text = [
    table(['', 'revocations', 'p50, ms', 'p99, ms', 'max, ms'], rows),
    `Background load: ${load.requests} requests, ${load.failures.length} failed${failure === undefined ? '' : ` (${failure.message})`}.`,
    `Target (p99 at most ${targets.p99} ms, max at most ${targets.max} ms, no failure): ${isMet ? 'met' : 'missed'}.`,
  ];
  return { isMet, text: text.join('\n\n') };
}

function row(kind, values) {
  const { p50, p99, max } = figures(values);
  return [kind, String(values.length), ...[p50, p99, max].map((ms) => ms.toFixed(1))];
}

function figures(values) {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99), max: Math.max(...values) };
}
