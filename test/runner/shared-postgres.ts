import { Secret } from '@bff/config';
import { migrateDatabase } from '@bff/database';
import { type Postgres, postgresAvailable, startPostgres } from '../support/postgres.js';
import { startBff } from '../support/start-bff.js';
import { databaseAt, runAt, SHARED_POSTGRES, type Template, TEST_KEYS } from '../support/test-database.js';

let postgres: Postgres | undefined;

/**
 * One PostgreSQL for all suites: a copy of a migrated database takes a tenth of the time of an embedded one.
 */
export default async function setUp(): Promise<void> {
  if (!postgresAvailable()) return;
  postgres = await startPostgres();
  const { url } = postgres;
  for (const template of ['migrated', 'seeded'] satisfies Template[])
    await runAt(url, `CREATE DATABASE ${template}`);
  await migrateDatabase({ kind: 'postgres', url: new Secret(databaseAt(url, 'migrated')) });
  const seeded = { DATABASE_URL: databaseAt(url, 'seeded'), BFF_ENCRYPTION_KEYS: TEST_KEYS };
  await (await startBff({ environment: seeded })).close();
  process.env[SHARED_POSTGRES] = url;
}

export async function tearDown(): Promise<void> {
  await postgres?.stop();
}
