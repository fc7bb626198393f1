import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { causeOf, codeOf } from './cause.js';
import { type Orm } from './connection.js';
import { migrate, pendingMigrations } from './migrations.js';
import { renewEmailKeys } from './renew-email-keys.js';
import * as schema from './schema.js';
import { sessionSettings, type TransactionLimits } from './session-settings.js';
import { cutWhenSilent, endSoon } from './silence.js';

/** The advisory lock under which one process at a time migrates; any fixed number that nobody else uses. */
const MIGRATION_LOCK = 7_241_109_385;

const CONNECT_TIMEOUT_MS = 5_000;
const LOOK: TransactionLimits = { lockMs: 3_000, statementMs: 10_000 };
const WAIT_S = 60;
/** A statement of a migration may rewrite a large table. */
const MIGRATE: TransactionLimits = { lockMs: WAIT_S * 1_000, statementMs: 600_000 };

/** PostgreSQL error codes, appendix A. */
const LOCK_NOT_AVAILABLE = '55P03';
const INSUFFICIENT_PRIVILEGE = '42501';

const logger = new Logger('Postgres');

/**
 * Brings the schema up to date, one process at a time; a database that is up to date is only read. The lock belongs to
 * the transaction: a lock of the session would stay behind in a pooler (PgBouncer, pool_mode = transaction).
 * @throws Error that says what is missing, or what was waited for in vain
 */
export async function migratePostgres(url: Secret): Promise<void> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // The query under way reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const pending = await inTransaction(client, LOOK, pendingMigrations);
    if (pending.length > 0) {
      await inTransaction(client, MIGRATE, async (orm) => {
        await waitForLock(orm);
        await migrate(orm);
      });
    }
    await inTransaction(client, LOOK, renewEmailKeys);
  } catch (error) {
    throw explained(error);
  } finally {
    await endSoon(client);
  }
}

function inTransaction<Result>(
  client: pg.Client,
  limits: TransactionLimits,
  work: (orm: Orm) => Promise<Result>,
): Promise<Result> {
  const endWatch = cutWhenSilent(client, limits.statementMs + 1_000, () => undefined);
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
    `Waiting up to ${WAIT_S} s for another session that migrates the database (advisory lock ${MIGRATION_LOCK})`,
  );
  await orm.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
}

function explained(error: unknown): unknown {
  switch (codeOf(error)) {
    case LOCK_NOT_AVAILABLE:
      return new Error(
        `The database could not be migrated: another session held a lock for ${WAIT_S} s ` +
          `(the advisory lock ${MIGRATION_LOCK} or a table; pg_locks and pg_stat_activity name the session)`,
        { cause: error },
      );
    case INSUFFICIENT_PRIVILEGE:
      return new Error(
        `The database must be migrated, and the role of DATABASE_URL may not: ${causeOf(error)}. ` +
          'Start one node with the role that owns the tables and has CREATE on the database and on schema public, ' +
          'or grant these rights. A role that does not migrate needs USAGE on schema drizzle, ' +
          'and SELECT on drizzle.__drizzle_migrations',
        { cause: error },
      );
    default:
      return error;
  }
}
