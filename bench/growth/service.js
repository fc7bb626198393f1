import { once } from 'node:events';
import { readFileSync, truncateSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { applyDirectory, here, serviceEnvironment, startNode } from '../our-service.js';
import { createDatabase } from '../postgres.js';
import { freePort } from '../processes.js';
import { redisContent, startRedis } from '../redis.js';
import { records, requests } from './population.js';
import { Walk } from './walk.js';

const makeSessions = join(import.meta.dirname, 'make-sessions.ts');
const typescript = join(here, 'test', 'runner', 'typescript.js');

/**
 * Starts a service with its own database, its own Redis, and a population.
 * @param shape the name of the service, and the numbers of its users, tenants and sessions
 * @param plan the Postgres server, the upstream, the number of starts, and the seconds of the warm-up
 * @returns the warm service with a walk over its population, the seconds of each start, and the bytes of Redis per session
 */
export async function startPopulated(
  workshop,
  shape,
  { postgresUrl, upstream, starts, warmUpSeconds },
  progress,
) {
  const { name } = shape;
  const databaseUrl = await createDatabase(postgresUrl, name);
  const redisUrl = await startRedis(workshop, `${name}-redis`);
  const environment = {
    ...serviceEnvironment(workshop, upstream, { name, databaseUrl, redisUrl }),
    BFF_DRAIN_SECONDS: '0',
  };
  const applySeconds = await timed(() => applyDirectory(workshop, records(shape), environment, { name }));
  progress(`${name}: applied in ${applySeconds.toFixed(1)} s`);
  const { node, startSeconds } = await startRepeatedly(workshop, environment, { name, starts });
  progress(`${name}: started in ${startSeconds.map((seconds) => seconds.toFixed(2)).join(', ')} s`);
  const before = await redisContent(redisUrl);
  const made = await timed(() => makeAll(workshop, shape, environment));
  const redisBytes = ((await redisContent(redisUrl)).bytes - before.bytes) / shape.sessions;
  progress(`${name}: ${shape.sessions} sessions in ${made.toFixed(1)} s`);
  const pairs = requests(shape, readFileSync(cookiesOf(workshop, name), 'utf8').split('\n'));
  const log = workshop.logOf(name);
  const service = {
    ...node,
    pid: node.child.pid,
    origin: `http://127.0.0.1:${node.port}`,
    log,
    tidy: () => truncateSync(log),
  };
  const populated = {
    ...service,
    redisUrl,
    walk: new Walk(workshop, service, name, pairs),
    /** The requests with the ten newest sessions; with few sessions, all of them. */
    newest: new Walk(workshop, service, `${name}-newest`, pairs.slice(-10)),
    startSeconds,
    redisBytes,
  };
  await warmUp(populated, shape, warmUpSeconds);
  return populated;
}

/** Within the minute after the sessions were made, in which no activity is due. */
async function warmUp({ newest, walk }, { sessions, tenants }, seconds) {
  await newest.measure(seconds, 0);
  // The first use of a tenant opens its secret. Many sessions are for the rounds, before which the memory is measured.
  if (tenants > sessions) await walk.pass();
}

const cookiesOf = (workshop, name) => workshop.path(`${name}.cookies`);

async function startRepeatedly(workshop, environment, { name, starts }) {
  const startSeconds = [];
  const inspectPort = await freePort();
  const flags = [`--inspect-port=127.0.0.1:${inspectPort}`];
  for (;;) {
    let node;
    startSeconds.push(
      await timed(async () => {
        node = await startNode(workshop, environment, { name, flags });
      }),
    );
    if (startSeconds.length === starts) return { node: { ...node, inspectPort }, startSeconds };
    const exit = once(node.child, 'exit');
    node.child.kill('SIGTERM');
    await exit;
  }
}

async function makeAll(workshop, { name, sessions, users }, environment) {
  const args = ['--import', typescript, makeSessions, String(sessions), String(users)];
  // The compiler of TypeScript keeps its native part in the caller's home.
  const silent = { ...environment, LOG_LEVEL: 'silent', HOME: homedir() };
  await workshop.run(`${name}-sessions`, process.execPath, [...args, cookiesOf(workshop, name)], silent);
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
