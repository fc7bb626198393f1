import { auditChains, auditEvents, type Orm } from '@bff/database';
import { sql } from 'drizzle-orm';
import { nameOf } from './audit-chain.js';

/** Maximum pairs of chain and event in one query; building a larger query would block the event loop. */
const BATCH = 100;

export type StoredHead = typeof auditChains.$inferSelect;

/** The head of a chain when it was anchored: the number and the hash of its last event. */
export type AnchoredHead = readonly [chain: string, sequence: number, hash: string];

/**
 * Finds the chains that do not continue from their anchored heads. Pruned events cannot be compared.
 * @returns sentences by chain
 */
export async function mismatchesOf(
  orm: Orm,
  heads: readonly StoredHead[],
  anchored: readonly AnchoredHead[],
): Promise<ReadonlyMap<string, string>> {
  const byChain = new Map(heads.map((head) => [head.chain, head]));
  const mismatches = new Map<string, string>();
  const grown: AnchoredHead[] = [];
  for (const entry of anchored) {
    const [chain, sequence, expected] = entry;
    const head = byChain.get(chain);
    if (head === undefined)
      mismatches.set(chain, `was removed with its head; it had events up to ${sequence}`);
    else if (head.sequence < sequence) mismatches.set(chain, rolledBack(head.sequence, sequence));
    else if (head.sequence === sequence) {
      if (head.hash !== expected) mismatches.set(chain, replaced(sequence));
    } else if (head.prunedSequence === sequence) {
      if (head.prunedHash !== expected) mismatches.set(chain, replaced(sequence));
    } else if (head.prunedSequence < sequence) grown.push(entry);
  }
  const found = await hashesOf(orm, grown);
  for (const [chain, sequence, expected] of grown) {
    if (found.get(chain) !== expected) mismatches.set(chain, replaced(sequence));
  }
  return new Map([...mismatches].map(([chain, problem]) => [chain, `${nameOf(chain)}: ${problem}`]));
}

async function hashesOf(orm: Orm, entries: readonly AnchoredHead[]): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (let start = 0; start < entries.length; start += BATCH) {
    const pairs = entries
      .slice(start, start + BATCH)
      .map(([chain, sequence]) => sql`(${chain}::text, ${sequence}::bigint)`);
    const rows = await orm
      .select({ chain: auditEvents.chain, hash: auditEvents.hash })
      .from(auditEvents)
      .where(sql`(${auditEvents.chain}, ${auditEvents.sequence}) in (${sql.join(pairs, sql`, `)})`);
    for (const row of rows) hashes.set(row.chain, row.hash);
  }
  return hashes;
}

function rolledBack(current: number, anchored: number): string {
  return `was rolled back to event ${current}; it had events up to ${anchored}`;
}

function replaced(sequence: number): string {
  return `does not continue from the anchored event ${sequence}`;
}
