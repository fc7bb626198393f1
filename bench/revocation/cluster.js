import { applyDirectory, serviceEnvironment, startNode } from '../our-service.js';
import { startPostgres } from '../postgres.js';
import { startRedis } from '../redis.js';
import { host } from '../scenario.js';
import { startUpstream } from '../upstream.js';

export const adminHost = 'admin.bench.example';

const frontends = [
  { name: 'console', class: 'internal', origin: `https://${host}` },
  { name: 'admin', class: 'admin', origin: `https://${adminHost}` },
];

/** Starts nodes of the service on one Postgres and one Redis, with one upstream for both planes. */
export async function startCluster(workshop, records, size) {
  const upstream = await startUpstream(workshop);
  const [databaseUrl, redisUrl] = [await startPostgres(workshop), await startRedis(workshop)];
  const environment = {
    ...serviceEnvironment(workshop, upstream, { name: 'cluster', databaseUrl, redisUrl }),
    BFF_FRONTENDS: JSON.stringify(frontends),
    BFF_NODES: String(size),
    SINCH_ADMIN_PRODUCTION_URL: upstream.origin,
    SINCH_ADMIN_PRODUCTION_TOKEN_URL: `${upstream.origin}/oauth2/token`,
  };
  await applyDirectory(workshop, records, environment, { name: 'cluster' });
  const names = Array.from({ length: size }, (_, index) => `node-${index + 1}`);
  return Promise.all(names.map((name) => startNode(workshop, environment, { name })));
}
