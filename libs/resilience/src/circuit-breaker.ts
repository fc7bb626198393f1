import { type BffConfig } from '@bff/config';
import { Problem } from '@bff/problems';

/** Number of latest outcomes that are considered. */
const WINDOW = 20;
/** Time from the opening to the first probe; it doubles with each failed probe. */
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 20_000;

export type CircuitState = 'closed' | 'open' | 'half-open';

/** How a call ended, as far as the health of its peer is concerned; `unknown` if it never reached the peer. */
export type Outcome = 'success' | 'failure' | 'unknown';

export type BreakerConfig = Pick<BffConfig, 'upstreamLimits' | 'monotonic'>;

/**
 * Rejects calls to a peer that fails, and lets one call through from time to time to find out whether it has recovered: at
 * most {@link MAX_PAUSE_MS} after it did (docs/security-requirements.md RES-07).
 */
export class CircuitBreaker {
  /** The latest outcomes, newest first, one bit each: 1 for a failure. */
  private failures = 0;
  private outcomes = 0;
  private isOpen = false;
  private isProbing = false;
  private pauseMs = FIRST_PAUSE_MS;
  /** Monotonic milliseconds. */
  private probeAt = 0;

  constructor(private readonly config: BreakerConfig) {}

  get state(): CircuitState {
    if (!this.isOpen) return 'closed';
    return this.isProbing ? 'half-open' : 'open';
  }

  /** Whether the latest outcome was a failure. */
  get hasJustFailed(): boolean {
    return this.isOpen || (this.failures & 1) === 1;
  }

  /**
   * Admits a call, whose outcome must be recorded.
   * @returns whether the call is a probe
   * @throws Problem `bff_upstream_unavailable` while the circuit is open
   */
  admit(): boolean {
    if (!this.isOpen) return false;
    const waitMs = this.probeAt - this.config.monotonic();
    if (waitMs > 0 || this.isProbing) {
      const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1_000)));
      throw new Problem('bff_upstream_unavailable', { detail: OPEN, retryAfter });
    }
    this.isProbing = true;
    return true;
  }

  /** Records the outcome of an admitted call. A call that was admitted before the circuit opened changes nothing. */
  record(outcome: Outcome, isProbe: boolean): void {
    if (isProbe) this.recordProbe(outcome);
    else if (!this.isOpen && outcome !== 'unknown') this.recordCall(outcome === 'failure');
  }

  private recordCall(isFailure: boolean): void {
    this.failures = ((this.failures << 1) | Number(isFailure)) & ((1 << WINDOW) - 1);
    if (this.outcomes < WINDOW) this.outcomes += 1;
    if (!isFailure) return;
    const failures = bitsIn(this.failures);
    if (failures >= this.config.upstreamLimits.minFailures && failures * 2 >= this.outcomes) this.open();
  }

  private recordProbe(outcome: Outcome): void {
    this.isProbing = false;
    if (outcome === 'failure') {
      this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
      this.open();
    } else if (outcome === 'success') {
      this.isOpen = false;
      this.pauseMs = FIRST_PAUSE_MS;
      [this.failures, this.outcomes] = [0, 0];
    }
  }

  private open(): void {
    this.isOpen = true;
    this.probeAt = this.config.monotonic() + this.pauseMs;
  }
}

const OPEN = 'Recent calls failed, so further ones are not sent for a while.';

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
