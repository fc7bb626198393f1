import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmark, progress } from './benchmark.js';
import { check, startContenders, startStores } from './contenders.js';
import { runLatency } from './latency.js';
import { residentMiB } from './memory.js';
import { startOurService } from './our-service.js';
import { installPeers } from './preconditions.js';
import { endAll } from './processes.js';
import { report, writeReadme } from './report.js';
import { runRounds, runUpstream, warmUp } from './rounds.js';
import { accessToken, browserHeaders } from './scenario.js';
import { startUpstream } from './upstream.js';

const full = {
  starts: 3,
  load: { rounds: 3, seconds: 3, warmUpSeconds: 4 },
  latency: { runs: 3, seconds: 20 },
};

/** Shows that everything works; its figures mean little, and README.md keeps those it has. */
const smoke = {
  starts: 1,
  load: { rounds: 1, seconds: 1, warmUpSeconds: 2 },
  latency: { runs: 1, seconds: 5 },
};

const { quick, before } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, before: { type: 'string' } },
}).values;

/** One start of a process is one sample: everything is started several times, and measured in several rounds each time. */
async function compare(workshop, { starts, load, latency }) {
  const upstream = await startUpstream(workshop);
  const surroundings = { upstream, ...(await startStores(workshop)) };
  const direct = {
    name: 'upstream',
    origin: upstream.origin,
    headers: { ...browserHeaders, authorization: `Bearer ${accessToken}` },
  };
  const result = { samples: [], atRest: [], starts: [], alone: await runUpstream(direct, load.seconds) };
  for (let turn = 0; turn < starts; turn += 1) {
    progress(`start ${turn + 1}/${starts}`);
    const contenders = await startContenders(workshop, surroundings, {
      turn,
      before: before && resolve(before),
    });
    result.contenders = contenders;
    const ours = contenders.find(({ name }) => name === 'ours');
    result.atRest.push(residentMiB(ours.pid));
    result.starts.push(ours.startSeconds);
    await warmUp(contenders, load.warmUpSeconds, progress);
    result.samples.push(...(await runRounds(contenders, { ...load, first: turn * load.rounds }, progress)));
    if (turn === 0) result.latency = await runLatency(direct, contenders, latency, progress);
    for (const contender of contenders) await check(contender);
    await endAll(contenders.map(({ child }) => child));
  }
  progress('the embedded directory');
  const embedded = await startOurService(workshop, upstream, { name: 'embedded' });
  return { ...result, embedded: { resident: residentMiB(embedded.child.pid), start: embedded.startSeconds } };
}

await benchmark(undefined, async (workshop, facts) => {
  installPeers(progress);
  const plan = quick ? smoke : full;
  const { text, isMet } = report({ facts, plan, ...(await compare(workshop, plan)) });
  if (!quick && before === undefined) writeReadme(text);
  return { text, isMet };
});
