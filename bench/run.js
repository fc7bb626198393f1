import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmark, progress } from './benchmark.js';
import { check, startContenders } from './contenders.js';
import { runLatency } from './latency.js';
import { installPeers } from './preconditions.js';
import { report, writeReadme } from './report.js';
import { runRounds, runUpstream } from './rounds.js';
import { accessToken, browserHeaders } from './scenario.js';
import { startUpstream } from './upstream.js';

const full = {
  load: { rounds: 7, seconds: 4, warmUpSeconds: 5 },
  latency: { runs: 3, seconds: 20 },
};

/** Shows that everything works; its figures mean little, and README.md keeps those it has. */
const smoke = {
  load: { rounds: 2, seconds: 1, warmUpSeconds: 3 },
  latency: { runs: 1, seconds: 5 },
};

const { quick, before } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, before: { type: 'string' } },
}).values;

async function compare(workshop, plan, facts) {
  progress('starting the upstream and the contenders');
  const url = await startUpstream(workshop);
  const headers = { ...browserHeaders, authorization: `Bearer ${accessToken}` };
  const upstream = { name: 'upstream', origin: url.origin, headers };
  const contenders = await startContenders(workshop, url, before && resolve(before));
  const alone = await runUpstream(upstream, plan.load.seconds);
  const rounds = await runRounds(contenders, plan.load, progress);
  const latency = await runLatency(upstream, contenders, plan.latency, progress);
  for (const contender of contenders) await check(contender);
  return report({ facts, plan, contenders, rounds, upstream: alone, latency });
}

await benchmark(undefined, async (workshop, facts) => {
  installPeers(progress);
  const text = await compare(workshop, quick ? smoke : full, facts);
  if (!quick && before === undefined) writeReadme(text);
  return { text, isMet: true };
});
