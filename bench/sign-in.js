import { Buffer } from 'node:buffer';
import { URL } from 'node:url';
import { benchmark, progress } from './benchmark.js';
import { exchange, keepAliveAgent } from './http.js';
import { startOurService } from './our-service.js';
import { startPostgres } from './postgres.js';
import { browserHeaders, reader, user } from './scenario.js';
import { spread } from './statistics.js';
import { steadily } from './steadily.js';

/**
 * What password hashing costs those who do not sign in: the p99 of the service's event-loop delay with and without 20
 * sign-ins per second, in pairs of runs whose order alternates. The directory is a PostgreSQL, as in production: the embedded
 * one would run its statements on the event loop. The service measures the delay itself
 * (`nodejs_eventloop_lag_p99_seconds`, which starts again at every scrape).
 */
const PER_SECOND = 20;
const READS_PER_SECOND = 100;
const TARGET_MS = 2;

const full = { pairs: 5, seconds: 20, warmUpSeconds: 5 };
/** Shows that everything works; its figures mean little. */
const smoke = { pairs: 1, seconds: 3, warmUpSeconds: 1 };

const plan = process.argv.includes('--quick') ? smoke : full;

/** Signing in asks no upstream; nobody listens here. */
const unusedUpstream = new URL('http://127.0.0.1:1');

async function eventLoopDelayMs({ management }) {
  const { body } = await exchange(`${management}/metrics`);
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body) ?? [];
  if (seconds === undefined) throw new Error('The service does not measure its event-loop delay');
  return Number(seconds) * 1_000;
}

async function signIn({ port }, { email, password }, agent) {
  const body = JSON.stringify({ email, password });
  const headers = {
    ...browserHeaders,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const answer = await exchange(`http://127.0.0.1:${port}/session`, {
    method: 'POST',
    headers,
    body,
    agent,
  });
  if (answer.status !== 201) throw new Error(`A sign-in was answered with ${answer.status}`);
  return answer.headers['set-cookie'][0].split(';', 1)[0];
}

async function read({ port }, cookie, agent) {
  const headers = { ...browserHeaders, cookie };
  const { status } = await exchange(`http://127.0.0.1:${port}/session`, { headers, agent });
  if (status !== 200) throw new Error(`A read was answered with ${status}`);
}

/** Reads of one person all the time, and sign-ins of another. */
async function load(service, seconds, signInsPerSecond) {
  const agent = keepAliveAgent();
  const cookie = await signIn(service, reader, agent);
  await Promise.all([
    steadily(seconds, READS_PER_SECOND, () => read(service, cookie, agent)),
    steadily(seconds, signInsPerSecond, () => signIn(service, user, agent)),
  ]);
  agent.destroy();
}

async function measured(service, seconds, perSecond) {
  await eventLoopDelayMs(service);
  await load(service, seconds, perSecond);
  return eventLoopDelayMs(service);
}

async function measurePairs(service) {
  await load(service, plan.warmUpSeconds, PER_SECOND);
  const pairs = [];
  for (let index = 0; index < plan.pairs; index += 1) {
    const order = index % 2 === 0 ? [0, PER_SECOND] : [PER_SECOND, 0];
    const pair = {};
    for (const perSecond of order) pair[perSecond] = await measured(service, plan.seconds, perSecond);
    pairs.push({ without: pair[0], with: pair[PER_SECOND], added: pair[PER_SECOND] - pair[0] });
    progress(`pair ${index + 1}/${plan.pairs}: added ${pairs.at(-1).added.toFixed(2)} ms`);
  }
  return pairs;
}

function report(pairs, facts) {
  const row = (name, values) => {
    const { median, min, max } = spread(values);
    return `${name}: ${median.toFixed(2)} ms (${min.toFixed(2)} to ${max.toFixed(2)})`;
  };
  const added = pairs.map((pair) => pair.added);
  const isMet = spread(added).median <= TARGET_MS;
  const lines = [
    facts,
    `p99 of the event-loop delay, ${plan.pairs} pairs of ${plan.seconds} s.`,
    'Medians, with the least and the greatest in brackets.',
    row(
      'without sign-ins',
      pairs.map((pair) => pair.without),
    ),
    row(
      `with ${PER_SECOND} sign-ins per second`,
      pairs.map((pair) => pair.with),
    ),
    row('added', added),
    `Target (at most ${TARGET_MS} ms added): ${isMet ? 'met' : 'missed'}.`,
  ];
  return { isMet, text: lines.join('\n') };
}

await benchmark([], async (workshop, facts) => {
  const service = await startOurService(workshop, unusedUpstream, {
    databaseUrl: await startPostgres(workshop),
  });
  return report(await measurePairs(service), facts);
});
