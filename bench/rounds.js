import { callsOf } from './contenders.js';
import { load, measure } from './measure.js';
import { residentMiB } from './memory.js';
import { calls } from './scenario.js';
import { spread } from './statistics.js';

/** Warms everybody up. */
export async function warmUp(contenders, seconds, progress) {
  for (const contender of contenders) {
    progress(`warming up ${contender.name}`);
    for (const call of callsOf(contender)) await load(contender, call, seconds);
    contender.tidy?.();
  }
}

/**
 * Interleaved rounds: in each round everybody is measured once with each call, and each round begins with another one.
 * What disturbs the machine for a while disturbs all of them, so that ratios within a round hold.
 * @returns the samples: `round`, `call`, `contender`, `cpu` in microseconds, `perSecond`, and `resident` in MiB
 */
export async function runRounds(contenders, { rounds, seconds, first }, progress) {
  const samples = [];
  for (let round = first; round < first + rounds; round += 1) {
    for (const call of calls) {
      const those = contenders.filter((contender) => callsOf(contender).includes(call));
      for (const contender of rotated(those, round)) {
        const { cpu, perSecond } = await measure(contender, call, seconds);
        const resident = residentMiB(contender.pid);
        samples.push({ round, call: call.name, contender: contender.name, cpu, perSecond, resident });
        progress(
          `round ${round + 1} ${call.name} ${contender.name}: ${cpu.toFixed(1)} µs, ${Math.round(perSecond)}/s`,
        );
      }
    }
  }
  return samples;
}

/** The upstream alone under the same load: what nobody can exceed. @returns requests per second by call */
export async function runUpstream(upstream, seconds) {
  const entries = [];
  for (const { name, method, upstreamPath } of calls) {
    const call = { method, path: upstreamPath };
    entries.push([name, (await load(upstream, call, seconds)).perSecond]);
  }
  return Object.fromEntries(entries);
}

/** The list from another element on. */
export function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/**
 * What a contender costs with one call, and what this service costs against it.
 * @returns `cpu`, `perSecond` and `ratio` as spreads; undefined for a call that it does not serve
 */
export function summaryOf(samples, call, contender) {
  const of = (name) => samples.filter((sample) => sample.call === call && sample.contender === name);
  const own = of(contender);
  if (own.length === 0) return undefined;
  const ours = of('ours');
  return {
    cpu: spread(own.map(({ cpu }) => cpu)),
    perSecond: spread(own.map(({ perSecond }) => perSecond)),
    ratio: spread(own.map(({ cpu }, index) => ours[index].cpu / cpu)),
  };
}
