import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { type Orm } from './connection.js';

/** The folder of migrations, next to the sources and, copied by the build, next to the compiled files. */
const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/** The journal of drizzle's own migrator, which creates schema and table before it looks: that needs the right CREATE. */
const JOURNAL = sql.raw('"drizzle"."__drizzle_migrations"');

/** The migrations that the database lacks; reads only. */
export async function pendingMigrations(orm: Orm): Promise<readonly MigrationMeta[]> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  // A catalogue query rather than to_regclass(): it needs no right on the schema, and sees what another session has
  // committed while this transaction waited for it.
  const journals = await rowsOf(
    orm,
    sql`select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'drizzle' and c.relname = '__drizzle_migrations'`,
  );
  if (journals.length === 0) return migrations;
  const last = await rowsOf(orm, sql`select max(created_at) as last from ${JOURNAL}`);
  return migrations.filter(({ folderMillis }) => folderMillis > Number(last[0]?.['last'] ?? 0));
}

/** Applies what the database lacks. @param orm a transaction */
export async function migrate(orm: Orm): Promise<void> {
  const pending = await pendingMigrations(orm);
  if (pending.length === 0) return;
  await orm.execute(sql`create schema if not exists "drizzle"`);
  await orm.execute(
    sql`create table if not exists ${JOURNAL} (id serial primary key, hash text not null, created_at bigint)`,
  );
  for (const { sql: statements, hash, folderMillis } of pending) {
    for (const statement of statements) await orm.execute(sql.raw(statement));
    await orm.execute(sql`insert into ${JOURNAL} ("hash", "created_at") values (${hash}, ${folderMillis})`);
  }
}

async function rowsOf(orm: Orm, query: Parameters<Orm['execute']>[0]): Promise<Record<string, unknown>[]> {
  return ((await orm.execute(query)) as { readonly rows: Record<string, unknown>[] }).rows;
}
