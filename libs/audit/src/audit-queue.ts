import { chainOf, type TimedEvent } from './audit-writer.js';

/** Maximum queued events while the database is unavailable (docs/contract.md section 6). */
const MAX_QUEUED = 10_000;

/**
 * Bounds the time for which a batch holds the lock of its chain, which events that are stored at once wait
 * for.
 */
const MAX_BATCH = 100;

/** Events of one chain, oldest first, that are written in one transaction. */
export interface AuditBatch {
  readonly chain: string;
  readonly events: readonly TimedEvent[];
}

/**
 * Batched events before they are written. When the queue is full, the newest event of the actor with the most
 * is dropped.
 */
export class AuditQueue {
  /** Events that were dropped since start-up. */
  lost = 0;
  /** Queued events, including those of a batch that is being written. */
  size = 0;
  private readonly chains = new Map<string, TimedEvent[]>();
  private readonly shares = new Map<string, number>();

  add(timed: TimedEvent): void {
    const actor = shareKeyOf(timed);
    if (this.size >= MAX_QUEUED && !this.makeRoom(actor)) {
      this.lost += timed.occurrences;
      return;
    }
    const chain = chainOf(timed);
    const waiting = this.chains.get(chain);
    if (waiting === undefined) this.chains.set(chain, [timed]);
    else waiting.push(timed);
    this.count(actor, 1);
  }

  /**
   * Takes the next batch, round-robin by chain; the caller must then call {@link written} or {@link putBack}.
   */
  take(except: ReadonlySet<string>): AuditBatch | undefined {
    for (const [chain, waiting] of this.chains) {
      if (except.has(chain)) continue;
      const events = waiting.splice(0, MAX_BATCH);
      this.chains.delete(chain);
      if (waiting.length > 0) this.chains.set(chain, waiting);
      return { chain, events };
    }
    return undefined;
  }

  written({ events }: AuditBatch): void {
    for (const timed of events) this.count(shareKeyOf(timed), -1);
  }

  putBack({ chain, events }: AuditBatch): void {
    this.chains.set(chain, [...events, ...(this.chains.get(chain) ?? [])]);
  }

  /** Drops an event of the actor with the most events. @returns false if that is this actor */
  private makeRoom(actor: string): boolean {
    let largest = actor;
    for (const [other, share] of this.shares) if (share > this.countOf(largest)) largest = other;
    if (largest === actor) return false;
    for (const waiting of this.chains.values()) {
      const index = waiting.findLastIndex((other) => shareKeyOf(other) === largest);
      if (index === -1) continue;
      for (const { occurrences } of waiting.splice(index, 1)) this.lost += occurrences;
      this.count(largest, -1);
      return true;
    }
    return false;
  }

  private countOf(actor: string): number {
    return this.shares.get(actor) ?? 0;
  }

  private count(actor: string, change: 1 | -1): void {
    this.size += change;
    const share = this.countOf(actor) + change;
    if (share === 0) this.shares.delete(actor);
    else this.shares.set(actor, share);
  }
}

/**
 * The key of the queue share of an event; all unauthenticated callers have one share, independent of their
 * address.
 */
function shareKeyOf({ event: { actor, tenantId } }: TimedEvent): string {
  switch (actor.kind) {
    case 'user':
      return `user ${actor.id}`;
    case 'anonymous':
      return 'anonymous';
    case 'operator':
    case 'service':
      return `${actor.kind} ${tenantId}`;
  }
}
