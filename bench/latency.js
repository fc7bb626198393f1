import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange, keepAliveAgent } from './http.js';
import { calls } from './scenario.js';
import { percentile, spread } from './statistics.js';

const PER_SECOND = 10;
const [{ path, upstreamPath }] = calls;

/**
 * Ten requests a second to the upstream directly and through everybody, at the same time but never at the same moment:
 * each tick has one slot for each, in turn. A request is sent when its time has come, whether the last was answered or not.
 * @returns by contender: the milliseconds added to the direct way at the median and at p99, as spreads over the runs;
 *   under `direct` what they are added to
 */
export async function runLatency(upstream, contenders, { runs, seconds }, progress) {
  const targets = [
    { name: 'direct', url: upstream.origin + upstreamPath, headers: upstream.headers },
    ...contenders.map(({ name, origin, headers }) => ({ name, url: origin + path, headers })),
  ].map((target) => ({ ...target, agent: keepAliveAgent() }));
  await tick(targets, seconds * 0.1);
  const added = [];
  for (let run = 0; run < runs; run += 1) {
    progress(`latency ${run + 1}/${runs}, ${seconds} s`);
    added.push(addedBy(await tick(targets, seconds)));
  }
  for (const { agent } of targets) agent.destroy();
  return Object.fromEntries(
    targets.map(({ name }) => [
      name,
      {
        p50: spread(added.map((run) => run[name].p50)),
        p99: spread(added.map((run) => run[name].p99)),
      },
    ]),
  );
}

/** Every target once in each tick, each time in another order. @returns by target: the times of its requests */
async function tick(targets, seconds) {
  const slotMs = 1_000 / PER_SECOND / targets.length;
  const total = Math.round(seconds * PER_SECOND) * targets.length;
  const startedAt = performance.now();
  const times = Object.fromEntries(targets.map(({ name }) => [name, []]));
  const pending = [];
  for (let slot = 0; slot < total; slot += 1) {
    const wait = startedAt + slot * slotMs - performance.now();
    if (wait > 0) await pause(wait);
    const turn = Math.floor(slot / targets.length);
    const target = targets[(slot + turn) % targets.length];
    pending.push(timed(target).then((ms) => times[target.name].push(ms)));
  }
  await Promise.all(pending);
  return times;
}

async function timed({ name, url, headers, agent }) {
  const { status, ms } = await exchange(url, { headers, agent });
  if (status !== 200) throw new Error(`${name} answered ${status}`);
  return ms;
}

function addedBy(times) {
  const of = (name) => ({ p50: percentile(times[name], 0.5), p99: percentile(times[name], 0.99) });
  const direct = of('direct');
  const added = Object.keys(times).map((name) => {
    const { p50, p99 } = of(name);
    return [name, { p50: p50 - direct.p50, p99: p99 - direct.p99 }];
  });
  return { ...Object.fromEntries(added), direct };
}
