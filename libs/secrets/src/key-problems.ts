import { type Orm } from '@bff/database';
import { sql } from 'drizzle-orm';
import { countKeyUsage, keyIdOf } from './key-usage.js';
import { type Keyring } from './keyring.js';
import { SEALED_COLUMNS, SEALED_KINDS, type SealedColumn } from './sealed-columns.js';

/** Rows of one column that are opened to verify a key; a few of them may be damaged. */
const SAMPLES = 20;

/**
 * Finds keys that stored records need and the keyring does not have
 * (docs/security-requirements.md CRD-03).
 * @returns one sentence per key; empty if all records can be opened, except damaged ones
 */
export async function findKeyProblems(orm: Orm, keyring: Keyring): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const { keyId, count } of await countKeyUsage(orm))
    if (keyId !== null) counts.set(keyId, (counts.get(keyId) ?? 0) + count);
  const problems: string[] = [];
  for (const [id, count] of counts) {
    if (!keyring.ids.includes(id))
      problems.push(
        `BFF_ENCRYPTION_KEYS: does not have the key "${id}", which sealed ${count} stored records; ` +
          'add it after the first key, or run bff keys rotate where it is configured',
      );
    else if (!(await canOpen(orm, keyring, id)))
      problems.push(
        `BFF_ENCRYPTION_KEYS: the key "${id}" does not open the ${count} stored records that were sealed with a key ` +
          'of this id; give every node the same key',
      );
  }
  return problems;
}

/** Whether the key opens one of the secrets that name it, or none names it. */
async function canOpen(orm: Orm, keyring: Keyring, id: string): Promise<boolean> {
  let found = 0;
  for (const kind of SEALED_KINDS) {
    const column = SEALED_COLUMNS[kind];
    const samples = await readSamples(orm, column, id);
    const opens = samples.some(
      ({ owner, version, sealed }) =>
        keyring.reseal(sealed, { kind: column.kind, owner, version: Number(version) }) !== null,
    );
    if (opens) return true;
    found += samples.length;
  }
  return found === 0;
}

async function readSamples(
  orm: Orm,
  { table, sealed, owner, version }: SealedColumn,
  id: string,
): Promise<readonly { readonly owner: string; readonly version: string; readonly sealed: string }[]> {
  const { rows } = (await orm.execute(sql`
    select ${owner}::text as owner, ${version}::text as version, ${sealed} as sealed from ${table}
    where ${sealed} is not null and ${keyIdOf(sealed)} = ${id} limit ${SAMPLES}`)) as {
    readonly rows: readonly { readonly owner: string; readonly version: string; readonly sealed: string }[];
  };
  return rows;
}
