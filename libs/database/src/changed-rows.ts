import { and, gt, inArray, lte, type SQL } from 'drizzle-orm';
import { type AnyPgColumn } from 'drizzle-orm/pg-core';
import { type Orm } from './connection.js';
import { directoryChanges } from './schema.js';

/**
 * The tables whose changed rows are recorded; the key of a membership is its user id, that of a hash key its purpose.
 */
export type DirectoryTable =
  'tenants' | 'tenant_credentials' | 'admin_credentials' | 'users' | 'memberships' | 'hash_keys';

/** With more changed rows it is cheaper to read the whole directory. */
const MAX_ROWS = 1_000;

/** The keys of the rows that were created, updated or removed. */
export class ChangedRows {
  constructor(private readonly keys: ReadonlyMap<string, readonly string[]>) {}

  of(table: DirectoryTable): readonly string[] {
    return this.keys.get(table) ?? [];
  }
}

/**
 * Reads the keys of the rows that changed after one version, up to and including another one.
 * @returns null if they are unknown (the rows were pruned, or a table was truncated) or more than {@link
 * MAX_ROWS}
 */
export async function readChangedRows(orm: Orm, after: number, upTo: number): Promise<ChangedRows | null> {
  if (after > upTo) return null;
  const rows = await orm
    .select()
    .from(directoryChanges)
    .where(and(gt(directoryChanges.version, after), lte(directoryChanges.version, upTo)))
    .limit(MAX_ROWS + 1);
  const versions = new Set(rows.map(({ version }) => version));
  const isComplete = rows.length <= MAX_ROWS && versions.size === upTo - after;
  if (!isComplete || rows.some(({ tableName }) => tableName === '*')) return null;
  const keys = new Map<string, Set<string>>();
  for (const { tableName, key } of rows) {
    const tableKeys = keys.get(tableName) ?? new Set();
    keys.set(tableName, tableKeys.add(key));
  }
  return new ChangedRows(new Map([...keys].map(([table, tableKeys]) => [table, [...tableKeys]])));
}

/**
 * The condition that selects the changed rows of a table; undefined, which selects all rows, if `changed` is
 * null.
 */
export function changedOnly(
  changed: ChangedRows | null,
  table: DirectoryTable,
  key: AnyPgColumn,
): SQL | undefined {
  return changed === null ? undefined : inArray(key, [...changed.of(table)]);
}
