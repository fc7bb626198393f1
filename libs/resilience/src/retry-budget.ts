import { type Clock } from '@bff/config';

/** Retries per call, on average (docs/security-requirements.md RES-06). */
const RATIO = 0.1;
/** Retries that are saved up at most, and at the beginning, when there were no calls yet. */
const MAX_SAVED = 10;
const INITIAL = 2;
/** So that a few calls an hour are retried as well. */
const RENEWED_AFTER_MS = 10_000;

/** Limits retries to a tenth of the calls, so that they do not add to the load of a peer that fails under load. */
export class RetryBudget {
  private saved = INITIAL;
  /** Monotonic milliseconds of the last retry. */
  private retriedAt = -Infinity;

  constructor(private readonly monotonic: Clock) {}

  countCall(): void {
    this.saved = Math.min(this.saved + RATIO, MAX_SAVED);
  }

  /** @returns whether a call may be repeated now */
  take(): boolean {
    const now = this.monotonic();
    if (now - this.retriedAt >= RENEWED_AFTER_MS) this.saved = Math.max(this.saved, INITIAL);
    if (this.saved < 1) return false;
    this.saved -= 1;
    this.retriedAt = now;
    return true;
  }
}
