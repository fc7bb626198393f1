import { benchmark, progress } from './benchmark.js';
import { memoryOf } from './growth/heap.js';
import { judge } from './growth/report.js';
import { runRounds } from './growth/rounds.js';
import { startPopulated } from './growth/service.js';
import { startPostgres } from './postgres.js';
import { startUpstream } from './upstream.js';

/**
 * Whether a request costs the same with many sessions and with many tenants, and what a session and a start cost: three
 * services at once, each with its own database and Redis.
 */
const full = {
  users: 4_000,
  sessions: 100_000,
  tenants: 10_000,
  starts: 3,
  rounds: 5,
  slices: 4,
  warmUpSeconds: 5,
};
/** Shows that everything works; its figures mean little. */
const smoke = {
  users: 100,
  sessions: 2_000,
  tenants: 200,
  starts: 1,
  rounds: 1,
  slices: 2,
  warmUpSeconds: 2,
};

const plan = process.argv.includes('--quick') ? smoke : full;

const few = { users: 10, sessions: 10, tenants: 10 };
const { users, sessions, tenants } = plan;
const shapes = {
  few: { ...few, label: '10 sessions, 10 tenants' },
  sessions: { ...few, users, sessions, label: `${sessions} sessions, 10 tenants` },
  tenants: { ...few, tenants, label: `10 sessions, ${tenants} tenants` },
};

async function startServices(workshop) {
  const [upstream, postgresUrl] = [await startUpstream(workshop), await startPostgres(workshop)];
  const services = {};
  for (const [name, shape] of Object.entries(shapes))
    services[name] = await startPopulated(
      workshop,
      { name, ...shape },
      { ...plan, upstream, postgresUrl },
      progress,
    );
  return services;
}

async function measure(workshop) {
  const services = await startServices(workshop);
  const before = await memoryOf(services.sessions);
  const { samples, recording } = await runRounds(services, plan, progress);
  const after = await memoryOf(services.sessions);
  const memory = {
    heap: (after.heap - before.heap) / sessions,
    resident: (after.resident - before.resident) / sessions,
    redis: services.sessions.redisBytes,
  };
  return judge({ shapes, samples, recording, memory, startSeconds: services.tenants.startSeconds });
}

await benchmark(['nginx', 'wrk', 'redis-server'], async (workshop, facts) => {
  const { isMet, text } = await measure(workshop);
  return { isMet, text: `${facts}\n\n${text}` };
});
