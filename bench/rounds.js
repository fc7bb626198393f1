import { load, measure } from './measure.js';
import { calls } from './scenario.js';
import { spread } from './statistics.js';

/**
 * Interleaved rounds: in each round everybody is measured once with each answer, and each round begins with another one.
 * What disturbs the machine for a while disturbs all of them, so that ratios within a round hold.
 * @returns by call, by contender: `cpu`, `perSecond`, and `toBare`, `toNginx`, `toExpress` as spreads
 */
export async function runRounds(contenders, { rounds, seconds, warmUpSeconds }, progress) {
  for (const contender of contenders) {
    progress(`warming up ${contender.name}`);
    for (const { path } of calls) await load(contender, path, warmUpSeconds);
    contender.tidy?.();
  }
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { name: call, path } of calls) {
      for (const contender of rotated(contenders, round)) {
        const sample = await measure(contender, path, seconds);
        samples.push({ round, call, contender: contender.name, ...sample });
        const { cpu, perSecond } = sample;
        progress(
          `round ${round + 1}/${rounds} ${call} ${contender.name}: ${cpu.toFixed(1)} µs, ${Math.round(perSecond)}/s`,
        );
      }
    }
  }
  return Object.fromEntries(calls.map(({ name }) => [name, summary(samples, name, contenders)]));
}

/** The upstream alone under the same load: what nobody can exceed. */
export async function runUpstream(upstream, seconds) {
  const entries = [];
  for (const { name, upstreamPath } of calls) {
    entries.push([name, (await load(upstream, upstreamPath, seconds)).perSecond]);
  }
  return Object.fromEntries(entries);
}

/** The list from another element on. */
export function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function summary(samples, call, contenders) {
  const of = (name) => samples.filter((sample) => sample.call === call && sample.contender === name);
  const ratios = (name, other) => of(name).map(({ cpu }, round) => cpu / of(other)[round].cpu);
  return Object.fromEntries(
    contenders.map(({ name }) => [
      name,
      {
        cpu: spread(of(name).map(({ cpu }) => cpu)),
        perSecond: spread(of(name).map(({ perSecond }) => perSecond)),
        toBare: spread(ratios(name, 'bare')),
        toNginx: spread(ratios(name, 'nginx')),
        toExpress: spread(ratios(name, 'express')),
      },
    ]),
  );
}
