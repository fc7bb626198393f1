import { chainOf, type HappenedEvent } from './audit-writer.js';

/** Events that wait for a database that is unavailable (docs/contract.md section 6). */
const MAX_WAITING = 10_000;

/** Short enough that an event which must be stored at once does not wait long for the lock of the chain. */
const MAX_BATCH = 100;

/** Events of one chain, the oldest first, that are written together. */
export interface AuditBatch {
  readonly chain: string;
  readonly events: readonly HappenedEvent[];
}

/** Gathered events that wait to be written. When it is full, the actor with the most events loses the newest of them. */
export class AuditQueue {
  /** Events that could not be kept since the start. */
  lost = 0;
  /** Events that wait, a batch that is being written included. */
  size = 0;
  private readonly chains = new Map<string, HappenedEvent[]>();
  private readonly shares = new Map<string, number>();

  add(happened: HappenedEvent): void {
    const actor = shareOf(happened);
    if (this.size >= MAX_WAITING && !this.makeRoom(actor)) {
      this.lost += happened.occurrences;
      return;
    }
    const chain = chainOf(happened);
    const waiting = this.chains.get(chain);
    if (waiting === undefined) this.chains.set(chain, [happened]);
    else waiting.push(happened);
    this.count(actor, 1);
  }

  /** The next batch, one chain after the other; {@link written} or {@link putBack} must follow. */
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
    for (const happened of events) this.count(shareOf(happened), -1);
  }

  putBack({ chain, events }: AuditBatch): void {
    this.chains.set(chain, [...events, ...(this.chains.get(chain) ?? [])]);
  }

  /** Whether an event of the actor with the most events was dropped for one of this actor. */
  private makeRoom(actor: string): boolean {
    let largest = actor;
    for (const [other, share] of this.shares) if (share > this.taken(largest)) largest = other;
    if (largest === actor) return false;
    for (const waiting of this.chains.values()) {
      const index = waiting.findLastIndex((other) => shareOf(other) === largest);
      if (index === -1) continue;
      for (const { occurrences } of waiting.splice(index, 1)) this.lost += occurrences;
      this.count(largest, -1);
      return true;
    }
    return false;
  }

  private taken(actor: string): number {
    return this.shares.get(actor) ?? 0;
  }

  private count(actor: string, change: 1 | -1): void {
    this.size += change;
    const share = this.taken(actor) + change;
    if (share === 0) this.shares.delete(actor);
    else this.shares.set(actor, share);
  }
}

/** Whose share of the queue an event takes: strangers have one together, however many addresses they have. */
function shareOf({ event: { actor, tenantId } }: HappenedEvent): string {
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
