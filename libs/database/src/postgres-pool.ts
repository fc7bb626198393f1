import { setTimeout as pause } from 'node:timers/promises';
import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { type Orm } from './connection.js';
import * as schema from './schema.js';
import { sessionSettings, type TransactionLimits } from './session-settings.js';
import { closeWhenSilent, socketOf } from './silence.js';

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 5_000;

const logger = new Logger('Postgres');

export interface PoolSettings extends TransactionLimits {
  readonly maxConnections: number;
  /**
   * A connection in use without traffic for this time is closed; must exceed the statement timeout of the
   * server.
   */
  readonly silenceMs: number;
}

type Transaction = Orm['transaction'];

/**
 * A pool of connections to PostgreSQL with deadlines; every statement runs in a transaction with our
 * settings.
 */
export class PostgresPool {
  readonly orm: Orm;
  private pool: pg.Pool;
  /** All open connections, including those of replaced pools. */
  private readonly open = new Set<pg.PoolClient>();
  private readonly sessionSettings: string;

  /** @param onSilent called when a connection was closed because it was silent */
  constructor(
    private readonly url: Secret,
    private readonly settings: PoolSettings,
    private readonly onSilent: () => void,
  ) {
    this.sessionSettings = sessionSettings(settings);
    this.pool = this.createPool();
    this.orm = this.createOrm();
  }

  /**
   * Replaces the pool, because further idle connections are probably silent too. Connections in use are not
   * reused.
   */
  renew(): void {
    const old = this.pool;
    this.pool = this.createPool();
    old.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.race([this.pool.end(), pause(CLOSE_MS, undefined, { ref: false })]);
    for (const client of this.open) socketOf(client).destroy();
  }

  private createPool(): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.url.reveal(),
      max: this.settings.maxConnections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    // Without a listener, an error of an idle connection would terminate the process.
    pool.on('error', (error) => logger.warn(`An idle connection was lost: ${error.message}`));
    pool.on('connect', (client) => {
      this.open.add(client);
      // An error between two queries is reported by the next query.
      client.on('error', () => undefined);
    });
    pool.on('remove', (client) => this.open.delete(client));
    return pool;
  }

  private createOrm(): Orm {
    const transaction: Transaction = (work, config) =>
      this.lease((client) =>
        drizzle({ client, schema }).transaction(
          async (orm) => {
            await client.query(this.sessionSettings);
            return work(orm);
          },
          { isolationLevel: 'read committed', ...config },
        ),
      );
    const statements = { query: (...query: Query) => this.single(query) };
    const orm = drizzle({ client: statements as unknown as pg.Pool, schema });
    return Object.assign(orm as Orm, { transaction });
  }

  /** Runs one statement outside a transaction in a separate transaction. */
  private single(query: Query): Promise<unknown> {
    return this.lease(async (client) => {
      await client.query(`begin; ${this.sessionSettings}`);
      try {
        const result: unknown = await client.query(...query);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    });
  }

  private async lease<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    const endWatch = closeWhenSilent(client, this.settings.silenceMs, this.onSilent);
    try {
      return await work(client);
    } finally {
      endWatch();
      // A connection that is still in a transaction is destroyed instead of reused.
      client.release(client.getTransactionStatus() !== 'I');
    }
  }
}

type Query = readonly [config: pg.QueryConfig, values?: unknown[]];
