import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bff, startBff } from '../support/start-bff.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { the } from '../support/the.js';

const SIGN_INS = 10_000;
const MAXIMUM = 100;
const AT_ONCE = 5;

describeWithPostgresAndRedis('a user who signs in 10 000 times', () => {
  let redis: RedisServer;
  let bff: Bff;
  beforeAll(async () => {
    redis = await RedisServer.start();
    bff = await startBff({ environment: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await bff.close();
    await redis.stop();
  });

  it('has at most 100 sessions, and Redis keeps no record and no index of the others (SES-22)', async () => {
    const browsers = Array.from({ length: AT_ONCE }, () => bff.browser());
    let begun = 0;
    await Promise.all(
      browsers.map(async (browser) => {
        while (begun < SIGN_INS) {
          begun += 1;
          browser.cookies.clear();
          await browser.signIn(the.editor);
        }
      }),
    );
    const answer = await browsers[0]?.get('/sessions?pageSize=100');
    expect(answer?.json).toEqual({ sessions: expect.any(Array) });
    const { sessions } = answer?.json as { readonly sessions: readonly object[] };
    expect(sessions).toHaveLength(MAXIMUM);
    expect(await keys('bff:r:session:*')).toHaveLength(MAXIMUM);
    // One group for the user, one for each browser.
    expect((await keys('bff:g:session:*')).length).toBeLessThanOrEqual(MAXIMUM + 1);
  }, 600_000);

  async function keys(pattern: string): Promise<readonly string[]> {
    const lines = (await redis.command(`KEYS ${pattern}`)).split('\r\n');
    return lines.filter((line) => line.startsWith('bff:'));
  }
});
