import { setTimeout as pause } from 'node:timers/promises';
import { type BffConfig } from '@bff/config';
import { Problem } from '@bff/problems';
import { type BreakerConfig, CircuitBreaker, type Outcome, TokenBucket } from '@bff/resilience';

const BUSY = 'The token endpoint takes no more requests at the moment.';

/** Requests to one token endpoint: within the part of its rate limit that this node has, and not while it fails. */
export class TokenEndpoint {
  private readonly bucket: TokenBucket;
  private readonly breaker: CircuitBreaker;
  private readonly maxWaitMs: number;

  /** @param config all nodes together must stay within the rate limit */
  constructor(config: BreakerConfig & Pick<BffConfig, 'nodes' | 'upstreamTimeoutMs'>) {
    const { nodes, monotonic, upstreamTimeoutMs, upstreamLimits } = config;
    const { tokenBurst, tokensPerSecond } = upstreamLimits;
    this.bucket = new TokenBucket(tokenBurst / nodes, tokensPerSecond / nodes, monotonic);
    this.breaker = new CircuitBreaker(config);
    this.maxWaitMs = upstreamTimeoutMs;
  }

  /**
   * Sends a request in its turn.
   * @throws Problem `bff_overloaded` if its turn would come too late, `bff_upstream_unavailable` while the circuit is open;
   * the error of the request
   */
  async request<Response extends { readonly status: number }>(
    send: () => Promise<Response>,
  ): Promise<Response> {
    const isProbe = this.breaker.admit();
    let outcome: Outcome = 'unknown';
    try {
      const waitMs = this.bucket.take(this.maxWaitMs);
      if (waitMs === null) throw new Problem('bff_overloaded', { detail: BUSY });
      if (waitMs > 0) await pause(waitMs);
      outcome = 'failure';
      const response = await send();
      if (response.status < 500) outcome = 'success';
      return response;
    } finally {
      this.breaker.record(outcome, isProbe);
    }
  }
}
