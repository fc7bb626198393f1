import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** Keyring of all test services, so that each can open the secrets sealed in a template. */
export const TEST_KEYS = `k1:${createHash('sha256').update('tests').digest('base64')}`;

/** Variable with the URL from test/runner/shared-postgres.ts; unset if PostgreSQL is not installed. */
export const SHARED_POSTGRES = 'BFF_TEST_POSTGRES';

/** Databases that are copied: `migrated` has only the schema, `seeded` also `the.directory`. */
export type Template = 'migrated' | 'seeded';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A copy of a template; `null`, which means a database in memory, if PostgreSQL is not installed. */
export async function copyOf(template: Template): Promise<TestDatabase | null> {
  const server = process.env[SHARED_POSTGRES];
  if (server === undefined) return null;
  const name = `bff_${randomBytes(6).toString('hex')}`;
  // PostgreSQL's default strategy takes twice as long (without fsync).
  await runAt(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return {
    url: databaseAt(server, name),
    drop: () => runAt(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/**
 * A migrated database that outlives the services of a test; an embedded one if PostgreSQL is not installed.
 */
export async function lastingDatabase(): Promise<TestDatabase> {
  return (await copyOf('migrated')) ?? embeddedDatabase();
}

/** A copy of the database with `the.directory`, for tests that run only on PostgreSQL. */
export async function seededDatabase(): Promise<TestDatabase> {
  const copy = await copyOf('seeded');
  if (copy === null) throw new Error('PostgreSQL is not installed');
  return copy;
}

/** An empty embedded database in a new folder. */
export function embeddedDatabase(): TestDatabase {
  const home = mkdtempSync(join(tmpdir(), 'bff-database-'));
  return {
    url: `pglite:${join(home, 'directory')}`,
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
