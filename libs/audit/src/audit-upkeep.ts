import { auditChains, auditEvents, type DatabaseConnection, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { and, asc, desc, eq, gt, gte, lte, min, notInArray } from 'drizzle-orm';
import { chainedHash, type ChainHead, emptyChain, isSealed } from './audit-chain.js';
import { type AuditRecord, OPERATOR } from './audit-event.js';
import { type AuditWriter } from './audit-writer.js';

type Row = typeof auditEvents.$inferSelect;

const BATCH = 1_000;

/** What an operator can do with the trail: prove it whole, take it out, shorten it. */
export class AuditUpkeep {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keyring: Keyring,
    private readonly writer: AuditWriter,
  ) {}

  /** A sentence for every event that was removed, edited or reordered; none when every chain is whole. */
  verify(): Promise<{
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
            problems.push(`${nameOf(head.chain)}: its beginning and end are not what was sealed`);
          }
        }
        for (const chain of await headless(orm, heads)) problems.push(`${nameOf(chain)}: its end is missing`);
        return { events, chains: heads.length, problems };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /** The records of the trail as they are kept, the oldest first, from a position on. */
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
   * Seals the ends of all chains as they are with the key that seals now: before an old key is dropped, or to go on after
   * an end did not fit, which stays on record.
   */
  reseal(): Promise<{ readonly chains: number; readonly misfits: readonly string[] }> {
    return this.connection.maintenance.transaction(async (orm) => {
      const misfits: string[] = [];
      await this.giveEnds(orm);
      const rows = await orm.select().from(auditChains).orderBy(auditChains.chain).for('update');
      for (const { seal, ...head } of rows) {
        if (!isSealed(this.keyring, head, seal)) misfits.push(nameOf(head.chain));
        await this.writer.putHead(orm, head);
      }
      await this.note(orm, 'audit.resealed', { chains: rows.length, misfits });
      return { chains: rows.length, misfits };
    });
  }

  /** Gives chains that have lost their end the one that their last event makes; it is not sealed. */
  private async giveEnds(orm: Orm): Promise<void> {
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
      const end = { sequence: last.sequence, hash: last.hash, prunedSequence: first.sequence - 1 };
      await orm.insert(auditChains).values({ ...emptyChain(chain), ...end, seal: '' });
    }
  }

  /**
   * Removes the events at the beginning of each chain that are older than a moment; a sealed checkpoint stays.
   * @throws Error where a chain is not whole; then nothing was removed
   */
  prune(before: Date): Promise<number> {
    return this.connection.maintenance.transaction(async (orm) => {
      let removed = 0;
      for (const { chain } of await orm.select().from(auditChains).orderBy(auditChains.chain)) {
        removed += await this.pruneChain(orm, chain, before);
      }
      if (removed > 0) await this.note(orm, 'audit.pruned', { before: before.toISOString(), removed });
      return removed;
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

  private async pruneChain(orm: Orm, chain: string, before: Date): Promise<number> {
    const head = await this.writer.lock(orm, chain);
    await this.assertWhole(orm, head);
    const inChain = eq(auditEvents.chain, chain);
    const [kept] = await orm
      .select({ first: min(auditEvents.sequence) })
      .from(auditEvents)
      .where(and(inChain, gte(auditEvents.at, before)));
    const first = kept?.first ?? null;
    const last = first === null ? head.sequence : Number(first) - 1;
    if (last <= head.prunedSequence) return 0;
    const [checkpoint] = await orm
      .select({ hash: auditEvents.hash })
      .from(auditEvents)
      .where(and(inChain, eq(auditEvents.sequence, last)));
    if (checkpoint === undefined) return 0;
    const removed = await orm
      .delete(auditEvents)
      .where(and(inChain, lte(auditEvents.sequence, last)))
      .returning({ sequence: auditEvents.sequence });
    await this.writer.putHead(orm, { ...head, prunedSequence: last, prunedHash: checkpoint.hash });
    return removed.length;
  }

  /** What does not fit must not be pruned away: the checkpoint would bless it. @throws Error that names it */
  private async assertWhole(orm: Orm, head: ChainHead): Promise<void> {
    const problems: string[] = [];
    await this.verifyChain(orm, head, problems);
    const [first] = problems;
    if (first !== undefined) throw new Error(`Nothing was removed. ${first}; bff audit verify says more`);
  }

  private async verifyChain(orm: Orm, head: ChainHead, problems: string[]): Promise<number> {
    const check = new ChainCheck(head);
    let count = 0;
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = await orm
        .select()
        .from(auditEvents)
        .where(and(eq(auditEvents.chain, head.chain), gt(auditEvents.sequence, after)))
        .orderBy(asc(auditEvents.sequence))
        .limit(BATCH);
      for (const row of rows) check.next(row);
      count += rows.length;
      if (rows.length < BATCH) break;
      after = rows.at(-1)?.sequence ?? after;
    }
    for (const problem of check.end()) problems.push(problem);
    return count;
  }
}

/** Walks a chain from its checkpoint to its end, and remembers what does not fit. */
class ChainCheck {
  private readonly problems: string[] = [];
  private previous: string;
  private expected: number;
  /** The last event whose hash fits. */
  private last: Row | undefined;

  constructor(private readonly head: ChainHead) {
    this.previous = head.prunedHash;
    this.expected = head.prunedSequence + 1;
  }

  next(row: Row): void {
    if (row.sequence < this.expected) {
      this.say(`event ${row.sequence} (${idOf(row.record)}) was added where there can be none`);
      return;
    }
    this.missingBefore(row.sequence);
    if (chainedHash(this.previous, row.sequence, row.record) !== row.hash) {
      this.say(`event ${row.sequence} (${idOf(row.record)}) was edited or reordered`);
    } else {
      if (this.last !== undefined && row.position < this.last.position) this.sayMisfiled(this.last);
      if (!isFiledRight(row)) this.sayMisfiled(row);
      this.last = row;
    }
    this.previous = row.hash;
    this.expected += 1;
  }

  end(): readonly string[] {
    this.missingBefore(this.head.sequence + 1);
    if (this.previous !== this.head.hash) this.say('its last event is not the one that was sealed');
    return this.problems;
  }

  private missingBefore(sequence: number): void {
    const [first, last] = [this.expected, sequence - 1];
    if (first > last) return;
    this.say(first === last ? `event ${first} was removed` : `events ${first} to ${last} were removed`);
    this.expected = sequence;
  }

  private sayMisfiled({ sequence, record }: Row): void {
    this.say(`event ${sequence} (${idOf(record)}) is filed in another's place`);
  }

  private say(what: string): void {
    this.problems.push(`${nameOf(this.head.chain)}: ${what}`);
  }
}

/** The chains of events that have no end. */
async function headless(orm: Orm, heads: readonly { readonly chain: string }[]): Promise<readonly string[]> {
  const known = heads.map(({ chain }) => chain);
  const rows = await orm
    .selectDistinct({ chain: auditEvents.chain })
    .from(auditEvents)
    .where(known.length === 0 ? undefined : notInArray(auditEvents.chain, known));
  return rows.map(({ chain }) => chain);
}

/** Whether the columns by which an event is found say what its record says. */
function isFiledRight(row: Row): boolean {
  const { tenantId, actor, at } = parsed(row.record);
  return (
    tenantId === row.tenantId &&
    actor?.id === row.actorId &&
    (tenantId ?? '') === row.chain &&
    Date.parse(at ?? '') === row.at.getTime()
  );
}

function idOf(record: string): string {
  return String(parsed(record).id);
}

/** Whoever could edit a record could make anything of it. */
function parsed(record: string): Partial<AuditRecord> {
  try {
    return Object(JSON.parse(record)) as Partial<AuditRecord>;
  } catch {
    return {};
  }
}

function nameOf(chain: string): string {
  return chain === '' ? 'the chain of no tenant' : `the chain of ${chain}`;
}
