/** When calls to an upstream server or its token endpoint are held back. */
export interface UpstreamLimits {
  /** Failures among the latest calls that open a circuit, if they are at least half of the calls. */
  readonly minFailures: number;
  /** Longest time for which a 429 of the upstream is respected, in milliseconds. */
  readonly maxRefusalMs: number;
  /** Token requests at once, of all nodes together. */
  readonly tokenBurst: number;
  readonly tokensPerSecond: number;
}

/** docs/contract.md section 5, and docs/upstream.md section 3.3 for the token endpoint. */
export const UPSTREAM_LIMITS: UpstreamLimits = {
  minFailures: 5,
  maxRefusalMs: 60_000,
  tokenBurst: 30,
  tokensPerSecond: 10,
};
