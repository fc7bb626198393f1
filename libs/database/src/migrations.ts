import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@bff/config';
import { sql } from 'drizzle-orm';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { type Orm } from './connection.js';

/** The folder of migrations beside the sources; the build copies it beside the compiled files. */
const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/**
 * The journal of drizzle's migrator, which is not used because it needs the CREATE privilege even without
 * migrations.
 */
const JOURNAL = sql.raw('"drizzle"."__drizzle_migrations"');

/** Returns the migrations that the database lacks, without writing to it. */
export async function pendingMigrations(orm: Orm): Promise<readonly MigrationMeta[]> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  // A catalogue query instead of to_regclass(): it needs no privilege on the schema, and sees what another
  // session committed while this transaction waited for the lock.
  const journals = await rowsOf(
    orm,
    sql`select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'drizzle' and c.relname = '__drizzle_migrations'`,
  );
  if (journals.length === 0) return migrations;
  const last = await rowsOf(orm, sql`select max(created_at) as last from ${JOURNAL}`);
  return migrations.filter(({ folderMillis }) => folderMillis > Number(last[0]?.['last'] ?? 0));
}

/**
 * Applies the pending migrations.
 * @param orm a transaction
 * @returns their names, in the order of application
 */
export async function migrate(orm: Orm): Promise<readonly string[]> {
  const pending = await pendingMigrations(orm);
  if (pending.length === 0) return [];
  await orm.execute(sql`create schema if not exists "drizzle"`);
  await orm.execute(
    sql`create table if not exists ${JOURNAL} (id serial primary key, hash text not null, created_at bigint)`,
  );
  for (const { sql: statements, hash, folderMillis } of pending) {
    for (const statement of statements) await orm.execute(sql.raw(statement));
    await orm.execute(sql`insert into ${JOURNAL} ("hash", "created_at") values (${hash}, ${folderMillis})`);
  }
  return pending.map(nameOf);
}

/** @throws ConfigurationError if the schema is older than this release; a newer one is accepted */
export async function requireCurrentSchema(orm: Orm): Promise<void> {
  const pending = (await pendingMigrations(orm)).map(nameOf);
  if (pending.length === 0) return;
  throw new ConfigurationError([
    `The schema of the database is older than this release (missing: ${pending.join(', ')}), and ` +
      'BFF_MIGRATE_ON_START is false; run bff migrate with a role that may change the schema',
  ]);
}

/** The name of a migration in the journal of its folder. */
function nameOf({ folderMillis }: MigrationMeta): string {
  const { entries } = JSON.parse(readFileSync(join(MIGRATIONS, 'meta', '_journal.json'), 'utf8')) as {
    readonly entries: readonly { readonly when: number; readonly tag: string }[];
  };
  return entries.find(({ when }) => when === folderMillis)?.tag ?? String(folderMillis);
}

async function rowsOf(orm: Orm, query: Parameters<Orm['execute']>[0]): Promise<Record<string, unknown>[]> {
  return ((await orm.execute(query)) as { readonly rows: Record<string, unknown>[] }).rows;
}
