import { auditChains, auditEvents, type DatabaseConnection, type Orm } from '@bff/database';
import { type HashKeySet, type Keyring } from '@bff/secrets';
import { and, asc, count, desc, eq, gt, gte, lte, max, min, notInArray } from 'drizzle-orm';
import { type AuditAnchors } from './audit-anchors.js';
import { type ChainHead, emptyChain, isSealed, nameOf } from './audit-chain.js';
import { type Checkpoint, checkpointLine, isGenuine } from './audit-checkpoint.js';
import { OPERATOR } from './audit-event.js';
import { type AuditWriter } from './audit-writer.js';
import { ChainCheck } from './chain-check.js';

const BATCH = 1_000;

/** The events that retention removes from a chain. */
export interface PrunedChain {
  /** The name of the chain for messages. */
  readonly chain: string;
  readonly events: number;
  /** Times of the first and the last removed event; ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
}

/** Maintenance of the audit log by operators: verify, export, checkpoint, prune and reseal. */
export class AuditMaintenance {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keyring: Keyring,
    private readonly writer: AuditWriter,
    private readonly anchors: AuditAnchors,
    private readonly checkpointKeys: HashKeySet,
  ) {}

  /**
   * Verifies all chains, their heads and their anchor.
   * @param checkpoint also compared with the chains; null for none
   * @returns one sentence for each removed, edited or reordered event and each chain that was rolled back
   */
  verify(checkpoint: Checkpoint | null): Promise<{
    readonly events: number;
    readonly chains: number;
    readonly problems: readonly string[];
  }> {
    return this.connection.maintenance.transaction(
      async (orm) => {
        const problems: string[] = [];
        const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
        let events = 0;
        for (const { seal, ...head } of heads) {
          events += await this.verifyChain(orm, head, problems);
          if (!isSealed(this.keyring, head, seal)) {
            problems.push(`${nameOf(head.chain)}: its seal does not match`);
          }
        }
        for (const chain of await chainsWithoutHead(orm, heads))
          problems.push(`${nameOf(chain)}: its head is missing`);
        problems.push(...(await this.anchors.verify(orm, { lock: false })));
        if (checkpoint !== null) problems.push(...(await this.verifyCheckpoint(orm, checkpoint)));
        return { events, chains: heads.length, problems };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /**
   * Creates a line with the state of all chains, to keep outside the database.
   * @throws Error if a chain is not intact
   */
  checkpoint(): Promise<string> {
    return this.connection.maintenance.transaction(async (orm) =>
      checkpointLine(this.checkpointKeys, await this.anchors.checkpoint(orm)),
    );
  }

  private async verifyCheckpoint(orm: Orm, checkpoint: Checkpoint): Promise<readonly string[]> {
    if (isGenuine(this.checkpointKeys, this.keyring, checkpoint))
      return this.anchors.verifyCheckpoint(orm, checkpoint);
    return ['the checkpoint does not match its seal: it was changed, or its key is not in the keyring'];
  }

  /** The stored records of the audit log after a position, oldest first. */
  async export(after: number): Promise<{ readonly records: readonly string[]; readonly last: number }> {
    const rows = await this.connection.maintenance
      .select({ position: auditEvents.position, record: auditEvents.record })
      .from(auditEvents)
      .where(gt(auditEvents.position, after))
      .orderBy(asc(auditEvents.position))
      .limit(BATCH);
    return { records: rows.map(({ record }) => record), last: rows.at(-1)?.position ?? after };
  }

  /**
   * Seals the current heads of all chains, to accept those that do not match their seals. The acceptance is audited.
   */
  reseal(): Promise<{
    readonly chains: number;
    readonly mismatches: readonly string[];
    readonly anchor: readonly string[];
  }> {
    return this.connection.maintenance.transaction(async (orm) => {
      const mismatches: string[] = [];
      const anchor = await this.anchors.verify(orm, { lock: true });
      await this.restoreHeads(orm);
      const rows = await orm.select().from(auditChains).orderBy(auditChains.chain).for('update');
      for (const { seal, ...head } of rows) {
        const isValid = isSealed(this.keyring, head, seal);
        if (!isValid) mismatches.push(nameOf(head.chain));
        await this.writer.putHead(orm, isValid ? head : { ...head, anchor: 0 });
      }
      const unanchored = anchor.length === 0 ? {} : { anchor };
      await this.note(orm, 'audit.resealed', { chains: rows.length, mismatches, ...unanchored });
      await this.anchors.renew(orm);
      return { chains: rows.length, mismatches, anchor };
    });
  }

  /** Restores missing heads from the last event of each chain, without a seal. */
  private async restoreHeads(orm: Orm): Promise<void> {
    const heads = await orm.select({ chain: auditChains.chain }).from(auditChains);
    for (const chain of await chainsWithoutHead(orm, heads)) {
      const inChain = eq(auditEvents.chain, chain);
      const [first] = await orm
        .select()
        .from(auditEvents)
        .where(inChain)
        .orderBy(asc(auditEvents.sequence))
        .limit(1);
      const [last] = await orm
        .select()
        .from(auditEvents)
        .where(inChain)
        .orderBy(desc(auditEvents.sequence))
        .limit(1);
      if (first === undefined || last === undefined) continue;
      const head = { sequence: last.sequence, hash: last.hash, prunedSequence: first.sequence - 1 };
      await orm.insert(auditChains).values({ ...emptyChain(chain), ...head, seal: '' });
    }
  }

  /**
   * Removes the events before a time from the beginning of each chain; the head keeps number and hash of the
   * last one.
   * @param options.dryRun true: removes nothing
   * @returns the removed events by chain
   * @throws Error if a chain is not intact; then nothing was removed
   */
  prune(before: Date, { dryRun }: { readonly dryRun: boolean }): Promise<readonly PrunedChain[]> {
    return this.connection.maintenance.transaction(async (orm) => {
      const [mismatch] = await this.anchors.verify(orm, { lock: true });
      if (mismatch !== undefined) throw notIntact(mismatch);
      const pruned: PrunedChain[] = [];
      for (const { chain } of await orm.select().from(auditChains).orderBy(auditChains.chain)) {
        const part = await this.pruneChain(orm, chain, before, dryRun);
        if (part !== undefined) pruned.push(part);
      }
      if (dryRun || pruned.length === 0) return pruned;
      const removed = pruned.reduce((sum, { events }) => sum + events, 0);
      await this.note(orm, 'audit.pruned', { before: before.toISOString(), removed });
      await this.anchors.advance(orm);
      return pruned;
    });
  }

  private async note(
    orm: Orm,
    event: 'audit.pruned' | 'audit.resealed',
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const timed = { actor: OPERATOR, tenantId: null, requestId: null, outcome: 'success' } as const;
    await this.writer.append(orm, [{ event, ...timed, details }]);
  }

  private async pruneChain(
    orm: Orm,
    chain: string,
    before: Date,
    dryRun: boolean,
  ): Promise<PrunedChain | undefined> {
    const head = await this.writer.lock(orm, chain);
    await this.assertIntact(orm, head);
    const inChain = eq(auditEvents.chain, chain);
    const [kept] = await orm
      .select({ first: min(auditEvents.sequence) })
      .from(auditEvents)
      .where(and(inChain, gte(auditEvents.at, before)));
    const first = kept?.first ?? null;
    const last = first === null ? head.sequence : Number(first) - 1;
    const [checkpoint] = await orm
      .select({ hash: auditEvents.hash })
      .from(auditEvents)
      .where(and(inChain, eq(auditEvents.sequence, last)));
    const old = and(inChain, lte(auditEvents.sequence, last));
    const [range] = await orm
      .select({ events: count(), from: min(auditEvents.at), to: max(auditEvents.at) })
      .from(auditEvents)
      .where(old);
    if (checkpoint === undefined || !range?.from || !range.to) return undefined;
    if (!dryRun) {
      await orm.delete(auditEvents).where(old);
      await this.writer.putHead(orm, { ...head, prunedSequence: last, prunedHash: checkpoint.hash });
    }
    const { events, from, to } = range;
    return { chain: nameOf(chain), events, from: from.toISOString(), to: to.toISOString() };
  }

  /** Pruning a manipulated chain would seal the manipulation. @throws Error with the first problem */
  private async assertIntact(orm: Orm, head: ChainHead): Promise<void> {
    const problems: string[] = [];
    await this.verifyChain(orm, head, problems);
    const [first] = problems;
    if (first !== undefined) throw notIntact(first);
  }

  private async verifyChain(orm: Orm, head: ChainHead, problems: string[]): Promise<number> {
    const check = new ChainCheck(head);
    let events = 0;
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = await orm
        .select()
        .from(auditEvents)
        .where(and(eq(auditEvents.chain, head.chain), gt(auditEvents.sequence, after)))
        .orderBy(asc(auditEvents.sequence))
        .limit(BATCH);
      for (const row of rows) check.next(row);
      events += rows.length;
      if (rows.length < BATCH) break;
      after = rows.at(-1)?.sequence ?? after;
    }
    for (const problem of check.finish()) problems.push(problem);
    return events;
  }
}

function notIntact(problem: string): Error {
  return new Error(`Nothing was removed. ${problem}; run bff audit verify for details`);
}

/** The chains that have events but no head. */
async function chainsWithoutHead(
  orm: Orm,
  heads: readonly { readonly chain: string }[],
): Promise<readonly string[]> {
  const known = heads.map(({ chain }) => chain);
  const rows = await orm
    .selectDistinct({ chain: auditEvents.chain })
    .from(auditEvents)
    .where(known.length === 0 ? undefined : notInArray(auditEvents.chain, known));
  return rows.map(({ chain }) => chain);
}
