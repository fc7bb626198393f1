import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const TEMPLATES: Readonly<Record<Template, object | undefined>> = {
  migrated: { tenants: [], users: [] },
  seeded: undefined,
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
  for (const template of Object.keys(TEMPLATES) as Template[]) {
    await runAt(url, `CREATE DATABASE ${template}`);
    await fill(template, databaseAt(url, template));
  }
  process.env[SHARED_POSTGRES] = url;
}

async function prepareEmbedded(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'bff-templates-'));
  for (const template of Object.keys(TEMPLATES) as Template[])
    await fill(template, `pglite:${join(folder, template)}`);
  process.env[EMBEDDED_TEMPLATES] = folder;
}

async function fill(template: Template, url: string): Promise<void> {
  const directory = TEMPLATES[template];
  const environment = { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: TEST_KEYS };
  const bff = await startBff({ environment, ...(directory && { directory }) });
  await bff.close();
}

export async function tearDown(): Promise<void> {
  await postgres?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
