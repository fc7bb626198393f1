import { randomBytes } from 'node:crypto';
import { Browser } from '../support/browser.js';
import { RedisServer } from '../support/redis-server.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';
import { HOST } from './proxy.js';

/** The stores of a service in profile production, which needs no upstream to start. */
export class ProductionStores {
  private constructor(
    private readonly database: TestDatabase,
    private readonly redis: RedisServer,
    private readonly key = randomBytes(32).toString('base64'),
  ) {}

  static async start(): Promise<ProductionStores> {
    const [database, redis] = await Promise.all([lastingDatabase(), RedisServer.start()]);
    return new ProductionStores(database, redis);
  }

  /** The values that operators keep secret. */
  get secrets(): Record<'DATABASE_URL' | 'REDIS_URL' | 'BFF_ENCRYPTION_KEYS', string> {
    const { database, redis, key } = this;
    return { DATABASE_URL: database.url, REDIS_URL: redis.url, BFF_ENCRYPTION_KEYS: `k1:${key}` };
  }

  async stop(): Promise<void> {
    await this.redis.stop();
    await this.database.drop();
  }
}

/** The status of a request without a session, for the host of the console in deploy/. */
export async function statusOfSession(port: number): Promise<number> {
  const browser = new Browser({ port, host: HOST, origin: `https://${HOST}` });
  try {
    return (await browser.get('/session')).status;
  } finally {
    browser.close();
  }
}

export async function isReady(managementPort: number): Promise<boolean> {
  const { ok } = await fetch(`http://127.0.0.1:${managementPort}/health/ready`, {
    headers: { connection: 'close' },
  });
  return ok;
}
