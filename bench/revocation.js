import { benchmark, progress } from './benchmark.js';
import { keepAliveAgent } from './http.js';
import { LOAD_SESSIONS, startLoad } from './revocation/background-load.js';
import { startCluster } from './revocation/cluster.js';
import { prepareKinds } from './revocation/kinds.js';
import { records } from './revocation/people.js';
import { judge } from './revocation/report.js';
import { lastUseAfter } from './revocation/watch.js';
import { rotated } from './rounds.js';

/**
 * How soon a revocation takes effect on the nodes that did not handle it: three nodes on one Postgres and one Redis,
 * under load.
 */
const NODES = 3;

const full = { sessions: 100, elevations: 50, memberships: 50 };
/** Shows that everything works; its figures mean little. */
const smoke = { sessions: 12, elevations: 6, memberships: 6 };

const plan = process.argv.includes('--quick') ? smoke : full;

async function measure(nodes, agent) {
  const kinds = await prepareKinds(nodes, agent);
  const samples = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (const [turn, kind] of mixed(plan).entries()) {
    const [node, ...others] = rotated(nodes, turn);
    const index = samples[kind].length;
    const { revoke, useAt } = await kinds[kind](index, node);
    const ms = await lastUseAfter(
      revoke,
      others.map((other) => () => useAt(other)),
    );
    samples[kind].push(ms);
    progress(`${kind} ${index + 1}/${plan[kind]}: ${ms.toFixed(1)} ms`);
  }
  return samples;
}

/** The kinds in one order, each spread evenly over the run. */
function mixed(counts) {
  return Object.entries(counts)
    .flatMap(([kind, count]) => Array.from({ length: count }, (_, index) => ({ kind, at: index / count })))
    .sort((one, other) => one.at - other.at)
    .map(({ kind }) => kind);
}

await benchmark(['nginx', 'redis-server'], async (workshop, facts) => {
  progress('starting the nodes');
  const nodes = await startCluster(workshop, records({ ...plan, loads: LOAD_SESSIONS }), NODES);
  const agent = keepAliveAgent();
  const endLoad = await startLoad(nodes, agent);
  const samples = await measure(nodes, agent).finally(endLoad);
  const { isMet, text } = judge(samples, await endLoad());
  agent.destroy();
  return { isMet, text: `${facts}\n\n${text}` };
});
