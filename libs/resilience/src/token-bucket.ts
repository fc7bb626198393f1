import { type Clock } from '@bff/config';

/** Spreads requests so that they stay within a token bucket of the peer (GCRA). */
export class TokenBucket {
  private readonly intervalMs: number;
  private readonly burstMs: number;
  /** Monotonic time at which the bucket is full again. */
  private fullAt = 0;

  /**
   * @param capacity requests at once, at least one
   * @param perSecond requests per second thereafter
   */
  constructor(
    capacity: number,
    perSecond: number,
    private readonly monotonic: Clock,
  ) {
    this.intervalMs = 1_000 / perSecond;
    this.burstMs = (Math.max(1, capacity) - 1) * this.intervalMs;
  }

  /**
   * Takes the next free token.
   * @returns milliseconds until it may be used; null, and nothing is taken, if that is longer than the given wait
   */
  take(maxWaitMs: number): number | null {
    const now = this.monotonic();
    const fullAt = Math.max(this.fullAt, now);
    const waitMs = Math.max(0, fullAt - this.burstMs - now);
    if (waitMs > maxWaitMs) return null;
    this.fullAt = fullAt + this.intervalMs;
    return waitMs;
  }
}
