import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange } from './http.js';
import { freePort } from './processes.js';
import { redisContent } from './redis.js';
import { host, reader, tenantRecord, tenants, user } from './scenario.js';

/** The checkout that is measured where no other is named. */
export const here = join(import.meta.dirname, '..');
const builtIn = (checkout) => join(checkout, 'dist', 'bin');
export const isBuilt = (checkout) => existsSync(join(builtIn(checkout), 'service.js'));

/**
 * The service as `npm run start:prod` starts it, with all that is on in production. The profile is `development` for two
 * reasons only: an upstream without TLS, and the embedded Postgres, which no forwarded request touches.
 * @param options.checkout a built checkout, for a comparison with another version of the service
 * @param options.databaseUrl another Postgres, for a run in which the database is used
 * @param options.redisUrl the store of the sessions, which otherwise are in the process
 */
export async function startOurService(
  workshop,
  upstream,
  { name = 'ours', checkout = here, ...stores } = {},
) {
  const environment = serviceEnvironment(workshop, upstream, { name, ...stores });
  await applyDirectory(workshop, directory(), environment, { name, checkout });
  const node = await startNode(workshop, environment, { name, checkout });
  const log = workshop.logOf(name);
  return {
    ...node,
    tidy: () => truncateSync(log),
    check: () => checkOperations(log, node.management, stores.redisUrl),
  };
}

/** What all nodes of a service and its commands have in common: one frontend, one upstream, the stores. */
export function serviceEnvironment(workshop, upstream, { name, databaseUrl, redisUrl }) {
  return {
    BFF_PROFILE: 'development',
    BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin: `https://${host}` }]),
    DATABASE_URL: databaseUrl ?? `pglite:${workshop.path(name, 'directory')}`,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SINCH_PRODUCTION_URL: upstream.origin,
    SINCH_PRODUCTION_TOKEN_URL: `${upstream.origin}/oauth2/token`,
    LOG_LEVEL: 'info',
  };
}

/** Writes the records of a directory file with `bff apply`. */
export async function applyDirectory(workshop, records, environment, { name, checkout = here }) {
  const file = workshop.path(`${name}-directory.json`);
  writeFileSync(file, JSON.stringify(records));
  const apply = [join(builtIn(checkout), 'bff.js'), 'apply', file];
  await workshop.run(`${name}-apply`, process.execPath, apply, environment);
}

/**
 * Starts one node on free ports, and waits until it is ready, for `startSeconds`.
 * @param options.flags more flags for node
 */
export async function startNode(workshop, environment, { name, checkout = here, flags = [] }) {
  const [port, managementPort] = [await freePort(), await freePort()];
  const management = `http://127.0.0.1:${managementPort}`;
  const ports = { BFF_PORT: String(port), BFF_MANAGEMENT_PORT: String(managementPort) };
  const args = [...flags, ...startArguments(checkout)];
  const startedAt = performance.now();
  const child = workshop.start(name, process.execPath, args, { ...environment, ...ports });
  await workshop.answering(name, child, `${management}/health/ready`);
  return { name, child, port, management, startSeconds: (performance.now() - startedAt) / 1_000 };
}

/** What `npm run start:prod` gives to node: its flags, and the built service. */
function startArguments(checkout) {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const [, ...flags] = scripts['start:prod'].split(' ').slice(0, -1);
  return [...flags, join(builtIn(checkout), 'service.js')];
}

/** The access log and the metrics are really on, and the sessions are where they are said to be. */
async function checkOperations(log, management, redisUrl) {
  // The log is written behind the requests' backs.
  await pause(500);
  if (!/"operation":".*"status":200/.test(readFileSync(log, 'utf8'))) {
    throw new Error('The service wrote no access log');
  }
  const { body } = await exchange(`${management}/metrics`);
  if (!/^bff_requests_total\{.*status="200".*\} [1-9]/m.test(body))
    throw new Error('The service counted nothing');
  if (redisUrl !== undefined && (await redisContent(redisUrl)).keys === 0)
    throw new Error('The service keeps no session in Redis');
}

function directory() {
  return {
    tenants: tenants.map(({ id }, index) => tenantRecord(id, index)),
    users: [user, reader].map((person) => ({
      ...person,
      memberships: tenants.map(({ id }) => ({ tenant: id, role: 'editor' })),
    })),
  };
}
