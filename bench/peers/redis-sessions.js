import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';

/** Sessions in Redis, for express-session and @fastify/session. */
export async function redisSessions() {
  const client = createClient({ url: process.env.REDIS_URL });
  await client.connect();
  return new RedisStore({ client, ttl: 30 * 60 });
}

export const sessionCookie = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'strict',
  maxAge: 30 * 60_000,
};
