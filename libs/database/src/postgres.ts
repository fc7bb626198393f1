import { type Secret } from '@bff/config';
import { sql } from 'drizzle-orm';
import { CHANNEL, type DatabaseConnection } from './connection.js';
import { PostgresChanges } from './postgres-changes.js';
import { migratePostgres, requireCurrentPostgres } from './postgres-migration.js';
import { PostgresPool, type PoolSettings } from './postgres-pool.js';

/** Shorter than every silence limit, so that a wait for a lock is not taken for a silent connection. */
const LOCK_MS = 3_000;

const POOLS = {
  orm: { maxConnections: 10, lockMs: LOCK_MS, statementMs: 4_000, silenceMs: 5_000 },
  // A whole directory takes long to read, but the connection has traffic during the read.
  reader: { maxConnections: 2, lockMs: LOCK_MS, statementMs: 60_000, silenceMs: 3_000 },
  maintenance: { maxConnections: 2, lockMs: LOCK_MS, statementMs: 300_000, silenceMs: 301_000 },
} satisfies Readonly<Record<string, PoolSettings>>;

/** @param migrates false: requires a current schema instead of migrating it */
export async function openPostgres(url: Secret, migrates: boolean): Promise<DatabaseConnection> {
  await (migrates ? migratePostgres(url) : requireCurrentPostgres(url));
  const onSilent = (): void => pools.forEach((pool) => pool.renew());
  const [orm, reader, maintenance] = [
    new PostgresPool(url, POOLS.orm, onSilent),
    new PostgresPool(url, POOLS.reader, onSilent),
    new PostgresPool(url, POOLS.maintenance, onSilent),
  ];
  const pools = [orm, reader, maintenance];
  const notify = async (payload: string): Promise<void> => {
    await reader.orm.execute(sql`select pg_notify(${CHANNEL}, ${payload})`);
  };
  const changes = new PostgresChanges(url, notify, onSilent);
  return {
    orm: orm.orm,
    reader: reader.orm,
    maintenance: maintenance.orm,
    isReachable: () => changes.reachable,
    onChange: (listener) => changes.start(listener),
    close: async () => {
      await Promise.all([changes.stop(), ...pools.map((pool) => pool.close())]);
    },
  };
}
