import { type Credential } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { type BreakerConfig, CircuitBreaker, RetryBudget } from '@bff/resilience';
import { type WaitingCaller } from './waiting-caller.js';

/** A read in flight that an equal one may share. */
export interface ShareableRead {
  readonly target: string;
  readonly credential: Credential;
  join(caller: WaitingCaller): void;
}

/** What this node knows about the calls of one tenant to one server. */
export class Lane {
  /** The circuit of reads; writes have another one, because they can fail for different reasons. */
  readonly reads: CircuitBreaker;
  readonly retries: RetryBudget;
  private circuitOfWrites: CircuitBreaker | undefined;
  private readonly shareable: ShareableRead[] = [];
  /** Monotonic milliseconds until which the upstream refuses the calls of the tenant. */
  private refusedUntil = 0;

  constructor(private readonly config: BreakerConfig) {
    this.reads = new CircuitBreaker(config);
    this.retries = new RetryBudget(config.monotonic);
  }

  get writes(): CircuitBreaker {
    return (this.circuitOfWrites ??= new CircuitBreaker(this.config));
  }

  /** @throws Problem `bff_rate_limited` while the time that a 429 announced is not over */
  assertNotRefused(): void {
    if (this.refusedUntil === 0) return;
    const waitMs = this.refusedUntil - this.config.monotonic();
    if (waitMs <= 0) this.refusedUntil = 0;
    else throw new Problem('bff_rate_limited', { retryAfter: String(Math.ceil(waitMs / 1_000)) });
  }

  /** @param ms the announced time */
  refuse(ms: number): void {
    const { monotonic, upstreamLimits } = this.config;
    this.refusedUntil = monotonic() + Math.min(ms, upstreamLimits.maxRefusalMs);
  }

  /** Finds a read in flight with the same target and credential. */
  findRead(target: string, credential: Credential): ShareableRead | undefined {
    for (const read of this.shareable)
      if (read.target === target && read.credential === credential) return read;
    return undefined;
  }

  share(read: ShareableRead): void {
    this.shareable.push(read);
  }

  /** Ends the sharing of a read, or of all reads. */
  stopSharing(read?: ShareableRead): void {
    if (read === undefined) this.shareable.length = 0;
    else {
      const at = this.shareable.indexOf(read);
      if (at !== -1) this.shareable.splice(at, 1);
    }
  }

  /** The number of its circuits that are not closed. */
  get openCircuits(): number {
    return [this.reads, this.circuitOfWrites].filter(
      (circuit) => circuit !== undefined && circuit.state !== 'closed',
    ).length;
  }

  /** Whether nothing is lost if it is forgotten. */
  get isQuiet(): boolean {
    return this.openCircuits === 0 && this.refusedUntil <= this.config.monotonic();
  }
}
