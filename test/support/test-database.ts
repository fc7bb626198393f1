import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** Keyring of all test services, so that each can open the secrets sealed in a template. */
export const TEST_KEYS = `k1:${createHash('sha256').update('tests').digest('base64')}`;

/** Variable with the URL of the server that test/runner/databases.ts starts; unset if PostgreSQL is not installed. */
export const SHARED_POSTGRES = 'BFF_TEST_POSTGRES';

/** Variable with the folder of the embedded templates; set if PostgreSQL is not installed. */
export const EMBEDDED_TEMPLATES = 'BFF_TEST_EMBEDDED';

/** Databases that are copied: `migrated` has only the schema, `seeded` also `the.directory`. */
export type Template = 'migrated' | 'seeded';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A copy of a template; an embedded one if PostgreSQL is not installed. */
export async function copyOf(template: Template): Promise<TestDatabase> {
  const server = process.env[SHARED_POSTGRES];
  if (server === undefined) return embeddedCopyOf(template);
  const name = `bff_${randomBytes(6).toString('hex')}`;
  // PostgreSQL's default strategy takes twice as long (without fsync).
  await runAt(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return {
    url: databaseAt(server, name),
    drop: () => runAt(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** PGlite takes a second to open a copy, and five to create a database. */
function embeddedCopyOf(template: Template): TestDatabase {
  const templates = process.env[EMBEDDED_TEMPLATES];
  if (templates === undefined) throw new Error('test/runner/databases.ts has not run');
  return embeddedDatabase((directory) => cpSync(join(templates, template), directory, { recursive: true }));
}

/** A migrated database that outlives the services of a test. */
export const lastingDatabase = (): Promise<TestDatabase> => copyOf('migrated');

/** A database with `the.directory`. */
export const seededDatabase = (): Promise<TestDatabase> => copyOf('seeded');

/** An embedded database in a new folder, empty unless it is filled. */
export function embeddedDatabase(fill: (directory: string) => void = () => undefined): TestDatabase {
  const home = mkdtempSync(join(tmpdir(), 'bff-database-'));
  const directory = join(home, 'directory');
  fill(directory);
  return {
    url: `pglite:${directory}`,
    drop: () => Promise.resolve(rmSync(home, { recursive: true, force: true })),
  };
}

export function databaseAt(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function runAt(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}
