import { join } from 'node:path';
import { exchange } from './http.js';
import { reverseProxy, startNginx } from './nginx.js';
import { startOurService } from './our-service.js';
import { freePort } from './processes.js';
import { startRedis } from './redis.js';
import { browserHeaders, calls, idleCookie, user } from './scenario.js';

/**
 * Starts all against one upstream, signs in where there is a session, and sees that they do the same.
 * @param before a built checkout of another version of this service, which is measured too
 */
export async function startContenders(workshop, upstream, before) {
  const started = [
    { name: 'nginx', label: 'nginx, plain reverse proxy', ...(await startProxy(workshop, upstream)) },
    {
      name: 'bare',
      label: 'bare `node:http` + undici',
      ...(await startPeer(workshop, 'bare-proxy', upstream)),
    },
    { ...(await startOurService(workshop, upstream)), label: '**this service**' },
    await startWithRedis(workshop, upstream),
    ...(before === undefined ? [] : [await startBefore(workshop, upstream, before)]),
    {
      name: 'express',
      label: 'hand-built Express BFF',
      ...(await startPeer(workshop, 'express-bff', upstream)),
    },
  ];
  const contenders = [];
  for (const contender of started) {
    const { port, child } = contender;
    const origin = `http://127.0.0.1:${port}`;
    const cookie = contender.name === 'nginx' ? idleCookie : await signIn(origin);
    const ready = { ...contender, pid: child.pid, origin, headers: { ...browserHeaders, cookie } };
    await check(ready);
    contenders.push(ready);
  }
  return contenders;
}

async function startProxy(workshop, upstream) {
  const port = await freePort();
  return { port, child: await startNginx(workshop, 'nginx', port, reverseProxy(port, upstream)) };
}

async function startWithRedis(workshop, upstream) {
  const name = 'ours-redis';
  const redisUrl = await startRedis(workshop);
  const label = 'this service, sessions in Redis';
  return { ...(await startOurService(workshop, upstream, { name, redisUrl })), label };
}

async function startBefore(workshop, upstream, checkout) {
  const name = 'before';
  const label = 'this service before';
  return { ...(await startOurService(workshop, upstream, { name, checkout })), label };
}

async function startPeer(workshop, name, upstream) {
  const port = await freePort();
  const script = join(import.meta.dirname, 'peers', `${name}.js`);
  const environment = { PORT: String(port), UPSTREAM: upstream.origin };
  const child = workshop.start(name, process.execPath, [script], environment);
  await workshop.answering(name, child, `http://127.0.0.1:${port}/`);
  return { port, child };
}

async function signIn(origin) {
  const { status, headers, body } = await exchange(`${origin}/session`, {
    method: 'POST',
    headers: { ...browserHeaders, 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
    body: JSON.stringify({ email: user.email, password: user.password }),
  });
  const [cookie] = headers['set-cookie'] ?? [];
  if (status >= 300 || cookie === undefined) throw new Error(`Sign-in at ${origin} was ${status}: ${body}`);
  return cookie.split(';', 1)[0];
}

/** Every contender relays the same bytes; those with sessions let nobody in without one and harden their answers. */
export async function check({ name, origin, headers, check: checkMore }) {
  for (const { path, body } of calls) {
    const answer = await exchange(origin + path, { headers });
    const right =
      answer.status === 200 && answer.body === body && answer.headers['content-type'] === 'application/json';
    if (!right)
      throw new Error(`${name} answered ${path} with ${answer.status}: ${answer.body.slice(0, 300)}`);
    if (name === 'nginx') continue;
    if (answer.headers['x-content-type-options'] !== 'nosniff')
      throw new Error(`${name} has no security headers`);
    const stranger = await exchange(origin + path, { headers: browserHeaders });
    if (stranger.status !== 401) throw new Error(`${name} answered a stranger with ${stranger.status}`);
  }
  await checkMore?.();
}
