import { randomUUID } from 'node:crypto';
import { type BffConfig, keptAddress } from '@bff/config';
import { auditAnchor, auditChains, auditEvents, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { eq, sql } from 'drizzle-orm';
import { chainedHash, type ChainHead, emptyChain, isSealed, sealOf, SHARED_CHAIN } from './audit-chain.js';
import { type AuditEvent, type AuditRecord, toRecord } from './audit-event.js';

/** The head of a chain does not match its seal. Appending would hide the modification. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError';

  constructor(readonly chain: string) {
    super(
      `The head of the audit chain "${chain}" does not match its seal, or was sealed with a key that is not in the keyring; ` +
        'bff audit verify has the details, and bff audit reseal accepts the head',
    );
  }
}

/** Rows of one INSERT; a statement of PostgreSQL has at most 65,535 parameters. */
const ROWS_PER_INSERT = 1_000;

/** An event, and when it happened; milliseconds since the epoch. */
export interface HappenedEvent {
  readonly event: AuditEvent;
  readonly at: number;
  /** How many occurrences the event stands for. */
  readonly occurrences: number;
}

/** Appends events to their chains, within the transaction it is given. */
export class AuditWriter {
  constructor(
    private readonly keyring: Keyring,
    private readonly config: Pick<BffConfig, 'clock' | 'logAddresses'>,
  ) {}

  /** @throws BrokenChainError, or what the database says; then the transaction must not be kept */
  async append(orm: Orm, events: readonly AuditEvent[]): Promise<void> {
    await this.appendHappened(orm, this.happened(events));
  }

  /** Events with the time that it is now. */
  happened(events: readonly AuditEvent[]): readonly HappenedEvent[] {
    const at = this.config.clock();
    return events.map((event) => {
      // An address that is a part of a header would keep the whole header in memory.
      const actor = { ...event.actor, clientAddress: keptAddress(event.actor.clientAddress, 'full') };
      return { event: { ...event, actor }, at, occurrences: 1 };
    });
  }

  async appendHappened(orm: Orm, events: readonly HappenedEvent[]): Promise<void> {
    const heads = new Map<string, ChainHead>();
    // Always in the same order, so that two writers never wait for each other.
    for (const chain of [...new Set(events.map(chainOf))].sort())
      heads.set(chain, await this.lock(orm, chain));
    const rows = events.map((happened): typeof auditEvents.$inferInsert => {
      const { event, at } = happened;
      const chain = chainOf(happened);
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

  /** The head of a chain, locked until the transaction ends. */
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
   * A chain that has events must have a head. A process may begin a chain only if it can also append to the shared one;
   * otherwise its keys differ from those of the other processes.
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

export function chainOf({ event }: HappenedEvent): string {
  return event.tenantId ?? SHARED_CHAIN;
}
