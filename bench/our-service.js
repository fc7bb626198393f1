import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange } from './http.js';
import { freePort } from './processes.js';
import { host, reader, tenant, user } from './scenario.js';

/** The checkout that is measured where no other is named. */
export const here = join(import.meta.dirname, '..');
const builtIn = (checkout) => join(checkout, 'dist', 'bin');
export const isBuilt = (checkout) => existsSync(join(builtIn(checkout), 'service.js'));

/**
 * The service as `npm run start:prod` starts it, with all that is on in production. The profile is `development` for two
 * reasons only: an upstream without TLS, and the embedded Postgres, which no forwarded request touches.
 * @param options.checkout a built checkout, for a comparison with another version of the service
 * @param options.databaseUrl another Postgres, for a run in which the database is used
 */
export async function startOurService(
  workshop,
  upstream,
  { name = 'ours', checkout = here, ...options } = {},
) {
  const [port, managementPort] = [await freePort(), await freePort()];
  const management = `http://127.0.0.1:${managementPort}`;
  const environment = {
    BFF_PROFILE: 'development',
    BFF_PORT: String(port),
    BFF_MANAGEMENT_PORT: String(managementPort),
    BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin: `https://${host}` }]),
    DATABASE_URL: options.databaseUrl ?? `pglite:${workshop.path(name, 'directory')}`,
    BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SINCH_PRODUCTION_URL: upstream.origin,
    SINCH_PRODUCTION_TOKEN_URL: `${upstream.origin}/oauth2/token`,
    LOG_LEVEL: 'info',
  };
  const file = workshop.path('directory.json');
  writeFileSync(file, JSON.stringify(directory()));
  const apply = [join(builtIn(checkout), 'bff.js'), 'apply', file];
  await workshop.run(`${name}-apply`, process.execPath, apply, environment);
  const child = workshop.start(name, process.execPath, startArguments(checkout), environment);
  await workshop.answering(name, child, `${management}/health/ready`);
  const log = workshop.logOf(name);
  return {
    child,
    port,
    management,
    tidy: () => truncateSync(log),
    check: () => checkOperations(log, management),
  };
}

/** What `npm run start:prod` gives to node: its flags, and the built service. */
function startArguments(checkout) {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const [, ...flags] = scripts['start:prod'].split(' ').slice(0, -1);
  return [...flags, join(builtIn(checkout), 'service.js')];
}

/** The access log and the metrics are really on. */
async function checkOperations(log, management) {
  // The log is written behind the requests' backs.
  await pause(500);
  if (!/"operation":".*"status":200/.test(readFileSync(log, 'utf8'))) {
    throw new Error('The service wrote no access log');
  }
  const { body } = await exchange(`${management}/metrics`);
  if (!/^bff_requests_total\{.*status="200".*\} [1-9]/m.test(body))
    throw new Error('The service counted nothing');
}

function directory() {
  const { id, name, projectId, keyId, keySecret } = tenant;
  const credentials = { scheme: 'oauth2', keyId, keySecret };
  return {
    tenants: [{ id, name, projectId, environment: 'production', plane: 'public', credentials }],
    users: [user, reader].map((person) => ({ ...person, memberships: [{ tenant: id, role: 'editor' }] })),
  };
}
