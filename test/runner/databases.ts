import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@bff/config';
import { migrateDatabase } from '@bff/database';
import { type Postgres, postgresAvailable, startPostgres } from '../support/postgres.js';
import { startBff } from '../support/start-bff.js';
import {
  databaseAt,
  EMBEDDED_TEMPLATES,
  runAt,
  SHARED_POSTGRES,
  type Template,
  TEST_KEYS,
} from '../support/test-database.js';

/** How a template is made. The migrated one contains nothing that is sealed, so that it serves any keys. */
const TEMPLATES: Readonly<Record<Template, (url: string) => Promise<unknown>>> = {
  migrated: (url) => migrateDatabase(loadConfig({ DATABASE_URL: url }).database),
  seeded: async (url) =>
    (await startBff({ environment: { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: TEST_KEYS } })).close(),
};

let postgres: Postgres | undefined;
let folder: string | undefined;

/** One PostgreSQL for all suites, or a folder of embedded databases, with the templates that suites copy. */
export default async function setUp(): Promise<void> {
  if (postgresAvailable()) await preparePostgres();
  else await prepareEmbedded();
}

async function preparePostgres(): Promise<void> {
  postgres = await startPostgres();
  const { url } = postgres;
  for (const [template, make] of Object.entries(TEMPLATES)) {
    await runAt(url, `CREATE DATABASE ${template}`);
    await make(databaseAt(url, template));
  }
  process.env[SHARED_POSTGRES] = url;
}

async function prepareEmbedded(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'bff-templates-'));
  for (const [template, make] of Object.entries(TEMPLATES)) await make(`pglite:${join(folder, template)}`);
  process.env[EMBEDDED_TEMPLATES] = folder;
}

export async function tearDown(): Promise<void> {
  await postgres?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
