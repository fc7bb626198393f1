import { auditChains, type DatabaseConnection } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { and, gt, like, not } from 'drizzle-orm';
import { type AuditAnchors } from './audit-anchors.js';
import { nameOf } from './audit-chain.js';
import { type AuditWriter, BrokenChainError } from './audit-writer.js';

/** Heads that one call of {@link AuditSeals.reseal} seals. */
const BATCH = 100;

/** The result of sealing one batch of heads again. */
export interface ResealedChains {
  readonly resealed: number;
  /** Names of chains that do not match their seal, which were left. */
  readonly unreadable: readonly string[];
  /** The chain to continue after; null after the last batch. */
  readonly last: string | null;
}

/** The seals of the audit log during a rotation of the keys. */
export class AuditSeals {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keyring: Keyring,
    private readonly writer: AuditWriter,
    private readonly anchors: AuditAnchors,
  ) {}

  /**
   * Seals the next heads that name another key than the first one, each under the lock of its chain.
   * @param after the chain after which the batch begins; null for the first batch
   */
  async reseal(after: string | null): Promise<ResealedChains> {
    const { orm } = this.connection;
    const isOld = not(like(auditChains.seal, `${escaped(this.keyring.sealingId)}.%`));
    const rows = await orm
      .select({ chain: auditChains.chain })
      .from(auditChains)
      .where(after === null ? isOld : and(isOld, gt(auditChains.chain, after)))
      .orderBy(auditChains.chain)
      .limit(BATCH);
    const unreadable: string[] = [];
    for (const { chain } of rows) {
      try {
        await orm.transaction(async (transaction) =>
          this.writer.putHead(transaction, await this.writer.lock(transaction, chain)),
        );
      } catch (error) {
        if (!(error instanceof BrokenChainError)) throw error;
        unreadable.push(nameOf(chain));
      }
    }
    const last = rows.length < BATCH ? null : (rows.at(-1)?.chain ?? null);
    return { resealed: rows.length - unreadable.length, unreadable, last };
  }

  /** Seals the anchor with the first key, if it names another one. */
  async resealAnchor(): Promise<ResealedChains> {
    const outcome = await this.connection.orm.transaction((orm) => this.anchors.reseal(orm));
    const unreadable = outcome === 'not intact' ? ['the anchor of the chains'] : [];
    return { resealed: outcome === 'resealed' ? 1 : 0, unreadable, last: null };
  }
}

/** A key id in a LIKE pattern; of its characters only the underscore is special. */
function escaped(keyId: string): string {
  return keyId.replaceAll('_', String.raw`\_`);
}
