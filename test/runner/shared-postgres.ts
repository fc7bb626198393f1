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
  await prepare(url, 'migrated', { tenants: [], users: [] });
  await prepare(url, 'seeded');
  process.env[SHARED_POSTGRES] = url;
}

async function prepare(server: string, template: Template, directory?: object): Promise<void> {
  await runAt(server, `CREATE DATABASE ${template}`);
  const environment = { DATABASE_URL: databaseAt(server, template), BFF_ENCRYPTION_KEYS: TEST_KEYS };
  const bff = await startBff({ environment, ...(directory && { directory }) });
  await bff.close();
}

export async function tearDown(): Promise<void> {
  await postgres?.stop();
}
