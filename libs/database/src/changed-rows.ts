import { and, gt, inArray, lte, type SQL } from 'drizzle-orm';
import { type AnyPgColumn } from 'drizzle-orm/pg-core';
import { type Orm } from './connection.js';
import { directoryChanges } from './schema.js';

/** The tables whose changes are recorded, by row; the key of a membership is its user. */
export type DirectoryTable = 'tenants' | 'tenant_credentials' | 'admin_credentials' | 'users' | 'memberships';

/** With so many changed rows it is cheaper to read everything. */
const MAX_ROWS = 1_000;

/** The keys of the rows that were created, changed or removed. */
export class ChangedRows {
  constructor(private readonly keys: ReadonlyMap<string, readonly string[]>) {}

  of(table: DirectoryTable): readonly string[] {
    return this.keys.get(table) ?? [];
  }
}

/**
 * What changed after one version up to another one.
 * @returns null when that is not known (the record was pruned, or a table was truncated) or too much
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
    const ofTable = keys.get(tableName) ?? new Set();
    keys.set(tableName, ofTable.add(key));
  }
  return new ChangedRows(new Map([...keys].map(([table, ofTable]) => [table, [...ofTable]])));
}

/** The condition under which a row is read: its key is among the changed ones; all rows when everything is read. */
export function changedOnly(
  changed: ChangedRows | null,
  table: DirectoryTable,
  key: AnyPgColumn,
): SQL | undefined {
  return changed === null ? undefined : inArray(key, [...changed.of(table)]);
}
