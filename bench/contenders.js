import { homedir } from 'node:os';
import { join } from 'node:path';
import { startCaddy } from './caddy.js';
import { exchange } from './http.js';
import { reverseProxy, startNginx } from './nginx.js';
import { here, startOurService } from './our-service.js';
import { createDatabase, startPostgres } from './postgres.js';
import { freePort } from './processes.js';
import { startRedis } from './redis.js';
import { browserHeaders, calls, comment, host, idleCookie, tenants, user } from './scenario.js';

const typescript = join(here, 'test', 'runner', 'typescript.js');

/** In the order of the tables. Plain proxies have no session. */
const contenders = [
  { name: 'nginx', label: 'nginx, plain reverse proxy', isPlain: true, start: startNginxProxy },
  { name: 'caddy', label: 'Caddy, plain reverse proxy', isPlain: true, start: startCaddyProxy },
  { name: 'bare', label: 'bare `node:http` + undici', start: peer('bare-proxy.js') },
  { name: 'ours', label: '**this service**', start: startOurs },
  { name: 'fastify', label: '@fastify/http-proxy, @fastify/session', start: peer('fastify-bff.js') },
  { name: 'express', label: 'Express, http-proxy-middleware', start: peer('express-bff.js') },
  {
    name: 'nest',
    label: 'Nest, as its documentation shows',
    start: peer('nest-tutorial.ts', ['--import', typescript]),
    only: ['account', 'activities'],
  },
];

/** The servers that contenders use, which are started once. */
export async function startStores(workshop) {
  return {
    postgresUrl: await startPostgres(workshop),
    ourRedisUrl: await startRedis(workshop, 'our-redis'),
    peersRedisUrl: await startRedis(workshop, 'peers-redis'),
  };
}

/**
 * Starts all against one upstream, signs in where there is a session, and sees that they do the same.
 * @param surroundings the upstream, and the stores of {@link startStores}
 * @param turn the number of the start; `before`, a built checkout of another version of this service that is measured too
 */
export async function startContenders(workshop, surroundings, { turn, before }) {
  const former = { name: 'before', label: 'this service before', start: startOurs, checkout: before };
  const started = [];
  for (const contender of before === undefined ? contenders : [...contenders, former]) {
    const { start, checkout, ...known } = contender;
    const name = `${contender.name}-${turn}`;
    const { port, child, ...more } = await start(workshop, surroundings, { name, checkout });
    const origin = `http://127.0.0.1:${port}`;
    const cookie = contender.isPlain ? idleCookie : await signIn(origin);
    const headers = { ...browserHeaders, origin: `https://${host}`, cookie };
    const ready = { ...known, ...more, name: contender.name, child, pid: child.pid, origin, headers };
    await check(ready);
    await fetchTokens(ready);
    started.push(ready);
  }
  return started;
}

async function startNginxProxy(workshop, { upstream }, { name }) {
  const port = await freePort();
  return { port, child: await startNginx(workshop, name, port, reverseProxy(port, upstream)) };
}

async function startCaddyProxy(workshop, { upstream }, { name }) {
  const port = await freePort();
  return { port, child: await startCaddy(workshop, name, port, upstream) };
}

/** As in production: the directory in PostgreSQL, sessions in Redis. */
async function startOurs(workshop, { upstream, postgresUrl, ourRedisUrl }, { name, checkout }) {
  const databaseUrl = await createDatabase(postgresUrl, name.replace('-', '_'));
  return startOurService(workshop, upstream, { name, checkout, databaseUrl, redisUrl: ourRedisUrl });
}

function peer(file, flags = []) {
  return async (workshop, { upstream, peersRedisUrl }, { name }) => {
    const port = await freePort();
    const script = join(import.meta.dirname, 'peers', file);
    const addresses = { PORT: String(port), UPSTREAM: upstream.origin, REDIS_URL: peersRedisUrl };
    // The compiler of TypeScript keeps its native part in the caller's home.
    const environment = { ...addresses, HOME: homedir() };
    const child = workshop.start(name, process.execPath, [...flags, script], environment);
    await workshop.answering(name, child, `http://127.0.0.1:${port}/`);
    return { port, child };
  };
}

async function signIn(origin) {
  const { status, headers, body } = await exchange(`${origin}/session`, {
    method: 'POST',
    headers: {
      ...browserHeaders,
      origin: `https://${host}`,
      'content-type': 'application/json',
      'x-forwarded-proto': 'https',
    },
    body: JSON.stringify({ email: user.email, password: user.password }),
  });
  const [cookie] = headers['set-cookie'] ?? [];
  if (status >= 300 || cookie === undefined) throw new Error(`Sign-in at ${origin} was ${status}: ${body}`);
  return cookie.split(';', 1)[0];
}

/** A read for every tenant: this service asks the token endpoint for at most ten tokens per second, after the first thirty. */
export async function fetchTokens({ name, origin, headers }) {
  const [{ anyPath }] = calls;
  const reads = tenants.map(({ id }) => exchange(origin + anyPath.replace('{tenant}', id), { headers }));
  for (const { status, body } of await Promise.all(reads))
    if (status !== 200) throw new Error(`${name} answered a first read with ${status}: ${body}`);
}

/** The calls that a contender serves. */
export function callsOf({ only }) {
  return calls.filter(({ name }) => only === undefined || only.includes(name));
}

/** Every contender relays the same bytes; those with sessions let nobody in without one and harden their answers. */
export async function check(contender) {
  const { name, origin, headers, isPlain } = contender;
  for (const { method, path, status, body } of callsOf(contender)) {
    const json = { 'content-type': 'application/json' };
    const send = (given) =>
      exchange(
        origin + path,
        method === 'GET' ? { headers: given } : { method, headers: { ...given, ...json }, body: comment },
      );
    const answer = await send(headers);
    const isRight =
      answer.status === status &&
      answer.body === body &&
      answer.headers['content-type'].startsWith('application/json');
    if (!isRight)
      throw new Error(`${name} answered ${path} with ${answer.status}: ${answer.body.slice(0, 300)}`);
    if (isPlain) continue;
    if (answer.headers['x-content-type-options'] !== 'nosniff')
      throw new Error(`${name} has no security headers`);
    const stranger = await send({ ...browserHeaders, origin: headers.origin });
    if (stranger.status !== 401) throw new Error(`${name} answered a stranger with ${stranger.status}`);
  }
  await contender.check?.();
}
