import { auditChains, auditEvents, type DatabaseConnection, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { and, asc, count, desc, eq, gt, gte, lte, max, min, notInArray } from 'drizzle-orm';
import { type AuditAnchors } from './audit-anchors.js';
import { type ChainHead, emptyChain, isSealed, nameOf } from './audit-chain.js';
import { type Checkpoint } from './audit-checkpoint.js';
import { OPERATOR } from './audit-event.js';
import { type AuditWriter } from './audit-writer.js';
import { ChainCheck } from './chain-check.js';

const BATCH = 1_000;

/** The events that retention removes from a chain. */
export interface PrunedChain {
  /** As a sentence names it. */
  readonly chain: string;
  readonly events: number;
  /** Times of the first and the last of them; ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
}

/** Maintenance of the audit log by operators: verify, export, checkpoint, prune and reseal. */
export class AuditUpkeep {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keyring: Keyring,
    private readonly writer: AuditWriter,
    private readonly anchors: AuditAnchors,
  ) {}

  /**
   * A sentence for every event that was removed, edited or reordered, and for every chain that was put back; none when every
   * chain is whole.
   * @param checkpoint what is compared as well; null for none
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
        for (const chain of await headless(orm, heads))
          problems.push(`${nameOf(chain)}: its head is missing`);
        problems.push(...(await this.anchors.verify(orm, { lock: false })));
        if (checkpoint !== null) problems.push(...(await this.anchors.verifyCheckpoint(orm, checkpoint)));
        return { events, chains: heads.length, problems };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /** A line that says how far the chains are, to keep outside the database. @throws Error where something does not fit */
  checkpoint(): Promise<string> {
    return this.connection.maintenance.transaction((orm) => this.anchors.checkpoint(orm));
  }

  /** The stored records of the audit log after a position, the oldest first. */
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
   * Seals the current heads of all chains with the current key: before an old key is removed, or to accept a head that did
   * not match its seal, which is audited.
   */
  reseal(): Promise<{
    readonly chains: number;
    readonly misfits: readonly string[];
    readonly anchor: readonly string[];
  }> {
    return this.connection.maintenance.transaction(async (orm) => {
      const misfits: string[] = [];
      const anchor = await this.anchors.verify(orm, { lock: true });
      await this.giveHeads(orm);
      const rows = await orm.select().from(auditChains).orderBy(auditChains.chain).for('update');
      for (const { seal, ...head } of rows) {
        const fits = isSealed(this.keyring, head, seal);
        if (!fits) misfits.push(nameOf(head.chain));
        await this.writer.putHead(orm, fits ? head : { ...head, anchor: 0 });
      }
      const unanchored = anchor.length === 0 ? {} : { anchor };
      await this.note(orm, 'audit.resealed', { chains: rows.length, misfits, ...unanchored });
      await this.anchors.renew(orm);
      return { chains: rows.length, misfits, anchor };
    });
  }

  /** Restores missing heads from the last event of each chain, without a seal. */
  private async giveHeads(orm: Orm): Promise<void> {
    const heads = await orm.select({ chain: auditChains.chain }).from(auditChains);
    for (const chain of await headless(orm, heads)) {
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
   * Removes the events at the beginning of each chain that are older than a moment; a sealed checkpoint stays.
   * @param options.dryRun true: removes nothing
   * @returns what is removed of each chain
   * @throws Error where a chain is not whole; then nothing was removed
   */
  prune(before: Date, { dryRun }: { readonly dryRun: boolean }): Promise<readonly PrunedChain[]> {
    return this.connection.maintenance.transaction(async (orm) => {
      const [misfit] = await this.anchors.verify(orm, { lock: true });
      if (misfit !== undefined) throw notWhole(misfit);
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
    const happened = { actor: OPERATOR, tenantId: null, requestId: null, outcome: 'success' } as const;
    await this.writer.append(orm, [{ event, ...happened, details }]);
  }

  private async pruneChain(
    orm: Orm,
    chain: string,
    before: Date,
    dryRun: boolean,
  ): Promise<PrunedChain | undefined> {
    const head = await this.writer.lock(orm, chain);
    await this.assertWhole(orm, head);
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

  /** What does not fit must not be pruned away: the checkpoint would bless it. @throws Error that names it */
  private async assertWhole(orm: Orm, head: ChainHead): Promise<void> {
    const problems: string[] = [];
    await this.verifyChain(orm, head, problems);
    const [first] = problems;
    if (first !== undefined) throw notWhole(first);
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

function notWhole(problem: string): Error {
  return new Error(`Nothing was removed. ${problem}; bff audit verify says more`);
}

/** The chains that have events but no head. */
async function headless(orm: Orm, heads: readonly { readonly chain: string }[]): Promise<readonly string[]> {
  const known = heads.map(({ chain }) => chain);
  const rows = await orm
    .selectDistinct({ chain: auditEvents.chain })
    .from(auditEvents)
    .where(known.length === 0 ? undefined : notInArray(auditEvents.chain, known));
  return rows.map(({ chain }) => chain);
}
