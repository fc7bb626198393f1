import { auditAnchor, auditChains, type Orm } from '@bff/database';
import { type SQL, sql } from 'drizzle-orm';
import { type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { SEALED_COLUMNS, SEALED_KINDS, type SealedKind } from './sealed-columns.js';

/** The kinds of rows in the database that name an encryption key. */
export const STORED_KINDS = [...SEALED_KINDS, 'auditChains', 'auditAnchor'] as const;
export type StoredKind = SealedKind | 'auditChains' | 'auditAnchor';

/** The rows of one kind that name one key. */
export interface KeyUsage {
  readonly kind: StoredKind;
  /** Null for damaged rows, which name no key. */
  readonly keyId: string | null;
  readonly count: number;
}

/** Counts the rows of the database by kind and by the encryption key that they name. */
export async function countKeyUsage(orm: Orm): Promise<readonly KeyUsage[]> {
  const counts = [
    ...SEALED_KINDS.map((kind) => {
      const { table, sealed } = SEALED_COLUMNS[kind];
      return countOf(kind, table, sealed, keyIdOf(sealed));
    }),
    countOf('auditChains', auditChains, auditChains.seal, signingKeyIdOf(auditChains.seal)),
    countOf('auditAnchor', auditAnchor, auditAnchor.seal, signingKeyIdOf(auditAnchor.seal)),
  ];
  const { rows } = (await orm.execute(sql.join(counts, sql` union all `))) as {
    readonly rows: readonly { readonly kind: StoredKind; readonly key_id: string; readonly count: string }[];
  };
  return rows.map(({ kind, key_id: keyId, count }) => ({
    kind,
    keyId: keyId === '' ? null : keyId,
    count: Number(count),
  }));
}

/** The key id in a sealed secret; empty if it has another format. */
export function keyIdOf(sealed: PgColumn): SQL {
  return sql`case when ${sealed} like 'bff1.%.%' then split_part(${sealed}, '.', 2) else '' end`;
}

/** The key id in a MAC. */
function signingKeyIdOf(seal: PgColumn): SQL {
  return sql`case when ${seal} like '%.%' then split_part(${seal}, '.', 1) else '' end`;
}

function countOf(kind: StoredKind, table: PgTable, column: PgColumn, keyId: SQL): SQL {
  return sql`select ${sql.raw(`'${kind}'`)} as kind, ${keyId} as key_id, count(*) as count
    from ${table} where ${column} is not null group by 2`;
}
