import { Directory, type Orm } from '@bff/database';
import { type SQL, sql } from 'drizzle-orm';
import { keyIdOf } from './key-usage.js';
import { type Keyring } from './keyring.js';
import { SEALED_COLUMNS, type SealedColumn, type SealedKind } from './sealed-columns.js';

/** Rows that one transaction seals again; changes of the directory wait for it. */
const BATCH = 200;

interface SealedRow {
  readonly owner: string;
  readonly version: string;
  readonly sealed: string;
}

/** The result of one batch. */
export interface ResealedRows {
  readonly resealed: number;
  /** Owners of rows that cannot be opened, which were left. */
  readonly unreadable: readonly string[];
  /** The owner to continue after; null after the last batch. */
  readonly last: string | null;
}

/** Seals the secrets in the database with the first key. */
export class SealedRows {
  constructor(
    private readonly directory: Directory,
    private readonly keyring: Keyring,
  ) {}

  /**
   * Seals the next rows that name another key. Replaces only the sealed text that it read, and neither version nor date,
   * because the secret does not change.
   * @param after the owner after which the batch begins; empty for the first batch
   */
  reseal(kind: SealedKind, after: string): Promise<ResealedRows> {
    const column = SEALED_COLUMNS[kind];
    return this.directory.change(async (orm) => {
      const rows = await readRows(orm, column, this.keyring.sealingId, after);
      const unreadable: string[] = [];
      const replacements: SQL[] = [];
      for (const { owner, version, sealed } of rows) {
        const context = { kind: column.kind, owner, version: Number(version) };
        const resealed = this.keyring.reseal(sealed, context);
        if (resealed === null) unreadable.push(owner);
        else replacements.push(sql`(${owner}::text, ${version}::bigint, ${sealed}::text, ${resealed}::text)`);
      }
      const resealed = replacements.length === 0 ? 0 : await replaceRows(orm, column, replacements);
      const last = rows.length < BATCH ? null : (rows.at(-1)?.owner ?? null);
      return { resealed, unreadable, last };
    });
  }
}

async function readRows(
  orm: Orm,
  { table, sealed, owner, version }: SealedColumn,
  keyId: string,
  after: string,
): Promise<readonly SealedRow[]> {
  const { rows } = (await orm.execute(sql`
    select ${owner}::text as owner, ${version}::text as version, ${sealed} as sealed from ${table}
    where ${sealed} is not null and ${keyIdOf(sealed)} <> ${keyId} and ${owner}::text > ${after}
    order by ${owner}::text limit ${BATCH}`)) as { readonly rows: readonly SealedRow[] };
  return rows;
}

async function replaceRows(
  orm: Orm,
  { table, sealed, owner, version }: SealedColumn,
  replacements: readonly SQL[],
): Promise<number> {
  const { rows } = (await orm.execute(sql`
    update ${table} set ${sql.identifier(sealed.name)} = replacement.resealed
    from (values ${sql.join([...replacements], sql`, `)}) as replacement(owner, version, sealed, resealed)
    where ${owner}::text = replacement.owner and ${version} = replacement.version
      and ${sealed} = replacement.sealed
    returning 1`)) as { readonly rows: readonly unknown[] };
  return rows.length;
}
