import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { CHANNEL, type DatabaseConnection } from './connection.js';
import { MIGRATION_LOCK, MIGRATIONS } from './migrations.js';
import { renewEmailKeys } from './renew-email-keys.js';
import * as schema from './schema.js';

/** A lost notification costs at most this long until the version row is looked at again. */
const POLL_MS = 5_000;
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 10;
const MAX_READERS = 2;

const logger = new Logger('Postgres');

export async function openPostgres(url: Secret): Promise<DatabaseConnection> {
  await migrateUnderLock(url);
  const [pool, readers] = [poolOf(url, MAX_CONNECTIONS), poolOf(url, MAX_READERS)];
  const [orm, reader] = [drizzle({ client: pool, schema }), drizzle({ client: readers, schema })];
  const changes = new PostgresChanges(url, async () => {
    const rows = await reader.select().from(schema.directoryVersion);
    return rows[0]?.version ?? 0;
  });
  return {
    orm,
    reader,
    isReachable: () => changes.reachable,
    onChange: (listener) => changes.start(listener),
    close: async () => {
      await changes.stop();
      await Promise.all([pool.end(), readers.end()]);
    },
  };
}

function poolOf(url: Secret, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Without a listener an error of an idle connection would end the process; the next query reports it.
  pool.on('error', (error) => logger.warn(`An idle connection was lost: ${error.message}`));
  // The same while somebody has it and no query is under way: who has it learns of it by the next one.
  pool.on('connect', (client) => client.on('error', () => undefined));
  giveBackWhatCannotBegin(pool);
  return pool;
}

type Query = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * Drizzle says `begin` before it sees to it that the connection is given back (drizzle-orm issue 6241): one that breaks then
 * would be lost to the pool, and the pool would never end. The first query of whoever takes a connection decides here.
 */
function giveBackWhatCannotBegin(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (callback?: unknown) => Promise<pg.PoolClient>;
  const watched = async (): Promise<pg.PoolClient> => {
    const client = await connect();
    const first: Query = (...args) => {
      Reflect.deleteProperty(client, 'query');
      return (client.query.bind(client) as unknown as Query)(...args).catch((error: Error) => {
        client.release(error);
        throw error;
      });
    };
    return Object.assign(client, { query: first });
  };
  Object.assign(pool, {
    connect: (callback?: unknown) => (callback === undefined ? watched() : connect(callback)),
  });
}

async function migrateUnderLock(url: Secret): Promise<void> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    const orm = drizzle({ client, schema });
    await orm.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    await renewEmailKeys(orm);
  } finally {
    // Ending the connection gives the lock back.
    await client.end();
  }
}

/**
 * LISTEN on a connection of its own (a pooler in transaction mode would swallow notifications), made anew whenever it
 * breaks and followed by a whole re-read, because what was said meanwhile is lost; and a poll for what is lost silently.
 */
class PostgresChanges {
  reachable = true;
  private client: pg.Client | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;
  private lastVersion = -1;
  private stopped = false;

  constructor(
    private readonly url: Secret,
    private readonly readVersion: () => Promise<number>,
  ) {}

  start(listener: () => Promise<void>): void {
    void this.listen(listener);
    this.poll = setInterval(() => void this.compareVersion(listener), POLL_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.poll);
    clearTimeout(this.reconnect);
    await this.client?.end().catch(() => undefined);
  }

  private async listen(listener: () => Promise<void>): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.reveal(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    let lost = false;
    const lose = (error?: Error): void => {
      if (lost || this.stopped) return;
      lost = true;
      this.reachable = false;
      logger.warn(`The notification connection was lost: ${error?.message ?? 'closed'}`);
      this.reconnect = setTimeout(() => void this.listen(listener), RECONNECT_MS);
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', () => void this.announce(listener));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.reachable = true;
      await this.announce(listener);
    } catch (error) {
      lose(error as Error);
      await client.end().catch(() => undefined);
    }
  }

  private async compareVersion(listener: () => Promise<void>): Promise<void> {
    try {
      const version = await this.readVersion();
      if (version !== this.lastVersion && (await this.announce(listener))) this.lastVersion = version;
    } catch (error) {
      logger.warn(`The directory's version cannot be read: ${(error as Error).message}`);
    }
  }

  private async announce(listener: () => Promise<void>): Promise<boolean> {
    try {
      await listener();
      return true;
    } catch (error) {
      logger.error(`The directory cannot be read: ${(error as Error).message}`);
      return false;
    }
  }
}
