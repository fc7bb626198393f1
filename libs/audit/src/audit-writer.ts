import { randomUUID } from 'node:crypto';
import { type BffConfig, keptAddress } from '@bff/config';
import { auditAnchor, auditChains, auditEvents, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { eq, sql } from 'drizzle-orm';
import { chainedHash, type ChainHead, emptyChain, isSealed, sealOf, SHARED_CHAIN } from './audit-chain.js';
import { type AuditEvent, type AuditRecord, toRecord } from './audit-event.js';

/** The head of a chain does not match its seal; an append would hide the modification. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError';

  constructor(readonly chain: string) {
    super(
      `The head of the audit chain "${chain}" does not match its seal, or was sealed with a key that is not in the keyring; ` +
        'bff audit verify has the details, and bff audit reseal accepts the head',
    );
  }
}

/** Maximum rows of one INSERT; a PostgreSQL statement has at most 65,535 parameters. */
const ROWS_PER_INSERT = 1_000;

/** An event with the time at which it occurred. */
export interface TimedEvent {
  readonly event: AuditEvent;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The number of occurrences that the event represents. */
  readonly occurrences: number;
}

/** Appends events to their chains, within the transaction of the caller. */
export class AuditWriter {
  constructor(
    private readonly keyring: Keyring,
    private readonly config: Pick<BffConfig, 'clock' | 'logAddresses'>,
  ) {}

  /** @throws BrokenChainError, or an error of the database; the caller must then roll the transaction back */
  async append(orm: Orm, events: readonly AuditEvent[]): Promise<void> {
    await this.appendTimed(orm, this.withTime(events));
  }

  /** Adds the current time to events. */
  withTime(events: readonly AuditEvent[]): readonly TimedEvent[] {
    const at = this.config.clock();
    return events.map((event) => {
      // V8 would keep the whole header in memory for an address that is a slice of it.
      const actor = { ...event.actor, clientAddress: keptAddress(event.actor.clientAddress, 'full') };
      return { event: { ...event, actor }, at, occurrences: 1 };
    });
  }

  async appendTimed(orm: Orm, events: readonly TimedEvent[]): Promise<void> {
    const heads = new Map<string, ChainHead>();
    // Chains are locked in one order, so that two writers cannot deadlock.
    for (const chain of [...new Set(events.map(chainOf))].sort())
      heads.set(chain, await this.lock(orm, chain));
    const rows = events.map((timed): typeof auditEvents.$inferInsert => {
      const { event, at } = timed;
      const chain = chainOf(timed);
      const head = heads.get(chain) ?? emptyChain(chain);
      const record = JSON.stringify(this.recordOf(event, at));
      const sequence = head.sequence + 1;
      const hash = chainedHash(head.hash, sequence, record);
      heads.set(chain, { ...head, sequence, hash });
      const { tenantId, actor } = event;
      return { chain, sequence, at: new Date(at), tenantId, actorId: actor.id, record, hash };
    });
    for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
      await orm.insert(auditEvents).values(rows.slice(start, start + ROWS_PER_INSERT));
    }
    for (const head of heads.values()) await this.putHead(orm, head);
  }

  private recordOf(event: AuditEvent, at: number): AuditRecord {
    const clientAddress = keptAddress(event.actor.clientAddress, this.config.logAddresses);
    return toRecord({ ...event, actor: { ...event.actor, clientAddress } }, randomUUID(), at);
  }

  /** Locks the head of a chain until the transaction ends. @throws BrokenChainError */
  async lock(orm: Orm, chain: string): Promise<ChainHead> {
    const empty = emptyChain(chain);
    const begun = await orm
      .insert(auditChains)
      .values({ ...empty, seal: sealOf(this.keyring, empty) })
      .onConflictDoNothing()
      .returning({ chain: auditChains.chain });
    if (begun.length > 0) await this.assertMayBegin(orm, chain);
    const [row] = await orm
      .select({ stored: auditChains, anchor: sql<string | null>`(select counter from ${auditAnchor})` })
      .from(auditChains)
      .where(eq(auditChains.chain, chain))
      .for('update');
    const head = this.opened(chain, row?.stored);
    return { ...head, anchor: Math.max(head.anchor, Number(row?.anchor ?? 0)) };
  }

  /**
   * A chain that has events must have a head. A process that cannot verify the head of the shared chain has
   * other keys than the other processes, and must not begin a chain.
   * @throws BrokenChainError
   */
  private async assertMayBegin(orm: Orm, chain: string): Promise<void> {
    const inChain = eq(auditEvents.chain, chain);
    const [orphan] = await orm.select({ at: auditEvents.at }).from(auditEvents).where(inChain).limit(1);
    if (orphan !== undefined) throw new BrokenChainError(chain);
    const [shared] = await orm.select().from(auditChains).where(eq(auditChains.chain, SHARED_CHAIN));
    if (shared !== undefined) this.opened(SHARED_CHAIN, shared);
  }

  private opened(chain: string, row: typeof auditChains.$inferSelect | undefined): ChainHead {
    if (row === undefined) throw new BrokenChainError(chain);
    const { seal, ...head } = row;
    if (!isSealed(this.keyring, head, seal)) throw new BrokenChainError(chain);
    return head;
  }

  async putHead(orm: Orm, head: ChainHead): Promise<void> {
    await orm
      .update(auditChains)
      .set({ ...head, seal: sealOf(this.keyring, head) })
      .where(eq(auditChains.chain, head.chain));
  }
}

export function chainOf({ event }: TimedEvent): string {
  return event.tenantId ?? SHARED_CHAIN;
}
