import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { type Postgres, sharedPostgres } from '../support/postgres.js';
import { serverNames } from '../support/six-upstreams.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { type Bff, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

// Without a listener: the production profile requires https addresses, and these tests call no upstream.
const servers = Object.fromEntries(
  serverNames.flatMap((name) => {
    const prefix = `SINCH_${name.toUpperCase().replaceAll('-', '_')}`;
    return [
      [`${prefix}_URL`, 'https://127.0.0.1:1'],
      [`${prefix}_TOKEN_URL`, 'https://127.0.0.1:1/oauth2/token'],
    ];
  }),
);

describeWithPostgresAndRedis('in profile production', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let redis: RedisServer;
  let bff: Bff;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([sharedPostgres(), RedisServer.start()]);
    bff = await startBff({
      environment: {
        BFF_PROFILE: 'production',
        DATABASE_URL: await postgres.createDatabase(),
        REDIS_URL: redis.url,
        BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
        BFF_FRONTENDS: JSON.stringify([frontends.console, frontends.admin]),
        ...servers,
      },
    });
  });
  afterAll(async () => {
    await bff.close();
    await redis.stop();
    await postgres.stop();
  });

  it.each(['GET', 'POST', 'OPTIONS', 'HEAD'])('%s / is not a route', async (method) => {
    const answer = await bff.browser().request(method, '/', { headers: { 'x-csrf': undefined } });
    expect(answer.status).toBe(404);
    expect(answer.headers.allow).toBeUndefined();
    expect(answer.text).not.toContain(the.editor.email);
    if (method !== 'HEAD') expectProblem(answer, 404, 'bff_route_not_found');
  });

  it('a user signs in, and the responses have the security headers', async () => {
    const answer = await bff.browser().signIn(the.editor);
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=/);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; Secure/);
  });

  it('a rejection names neither the received values nor the hosts and origins of the frontends', async () => {
    const browser = await bff.signedIn(the.admin);
    const answers = [
      await browser.get('/session', undefined, { host: 'unknown.bff.test' }),
      await browser.get('/session', undefined, { origin: 'https://unknown.bff.test' }),
      await browser.get('/session', undefined, { 'sec-fetch-site': 'unknown.bff.test' }),
      await browser.get('/v1/admin/users'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([421, 403, 403, 403]);
    expect(answers.map(({ text }) => text).join()).not.toContain('bff.test');
    expect((answers[3]?.json as { resolution: string }).resolution).toBe(
      'Sign in on a frontend of class admin.',
    );
  });

  it('a frontend that is not configured does not exist', async () => {
    expectProblem(await bff.browser('partners').get('/session'), 421, 'bff_unknown_host');
  });
});
