import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { causeOf, codeOf } from './cause.js';
import { type Orm } from './connection.js';
import { migrate, pendingMigrations, requireCurrentSchema } from './migrations.js';
import { renewEmailKeys } from './renew-email-keys.js';
import * as schema from './schema.js';
import { sessionSettings, type TransactionLimits } from './session-settings.js';
import { closeWhenSilent, endOrDestroy } from './silence.js';

/** The advisory lock that serializes migrations; an arbitrary fixed number. */
const MIGRATION_LOCK = 7_241_109_385;

const CONNECT_TIMEOUT_MS = 5_000;
const READ_LIMITS: TransactionLimits = { lockMs: 3_000, statementMs: 10_000 };
const WAIT_S = 60;
/** A statement of a migration may rewrite a large table. */
const MIGRATION_LIMITS: TransactionLimits = { lockMs: WAIT_S * 1_000, statementMs: 600_000 };

/** PostgreSQL error codes, appendix A. */
const LOCK_NOT_AVAILABLE = '55P03';
const INSUFFICIENT_PRIVILEGE = '42501';

const logger = new Logger('Postgres');

/**
 * Verifies that the schema is not older than this release, without writing to the database.
 * @throws ConfigurationError
 */
export function requireCurrentPostgres(url: Secret): Promise<void> {
  return withClient(url, (client) => inTransaction(client, READ_LIMITS, requireCurrentSchema));
}

/**
 * Migrates the schema, one process at a time; an up-to-date database is only read. The lock is held by the
 * transaction, because a session lock would outlive the client behind a pooler (PgBouncer, pool_mode =
 * transaction).
 * @returns the names of the applied migrations
 * @throws Error that names the missing privilege or the lock that timed out
 */
export function migratePostgres(url: Secret): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    const pending = await inTransaction(client, READ_LIMITS, pendingMigrations);
    const applied =
      pending.length === 0
        ? []
        : await inTransaction(client, MIGRATION_LIMITS, async (orm) => {
            await waitForLock(orm);
            return migrate(orm);
          });
    await inTransaction(client, READ_LIMITS, renewEmailKeys);
    return applied;
  });
}

async function withClient<Result>(
  url: Secret,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // The current query reports the error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw withAdvice(error);
  } finally {
    await endOrDestroy(client);
  }
}

function inTransaction<Result>(
  client: pg.Client,
  limits: TransactionLimits,
  work: (orm: Orm) => Promise<Result>,
): Promise<Result> {
  const endWatch = closeWhenSilent(client, limits.statementMs + 1_000, () => undefined);
  return drizzle({ client, schema })
    .transaction(
      async (orm) => {
        await client.query(sessionSettings(limits));
        return work(orm);
      },
      { isolationLevel: 'read committed' },
    )
    .finally(endWatch);
}

async function waitForLock(orm: Orm): Promise<void> {
  const tried = (await orm.execute(sql`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as locked`)) as {
    readonly rows: readonly { readonly locked: boolean }[];
  };
  if (tried.rows[0]?.locked === true) return;
  logger.log(
    `Waiting up to ${WAIT_S} s for another session to migrate the database (advisory lock ${MIGRATION_LOCK})`,
  );
  await orm.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
}

function withAdvice(error: unknown): unknown {
  switch (codeOf(error)) {
    case LOCK_NOT_AVAILABLE:
      return new Error(
        `The database could not be migrated: another session held a lock for ${WAIT_S} s ` +
          `(the advisory lock ${MIGRATION_LOCK} or a table; pg_locks and pg_stat_activity name the session)`,
        { cause: error },
      );
    case INSUFFICIENT_PRIVILEGE:
      return new Error(
        `The database must be migrated, but the role of DATABASE_URL lacks the privileges: ${causeOf(error)}. ` +
          'Start one node with the role that owns the tables and has CREATE on the database and on schema public, ' +
          'or grant these privileges. A role that does not migrate needs USAGE on schema drizzle, ' +
          'and SELECT on drizzle.__drizzle_migrations',
        { cause: error },
      );
    default:
      return error;
  }
}
