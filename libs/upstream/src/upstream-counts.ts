/** Counts of upstream calls since the start, for the metrics. */
export class UpstreamCounts {
  /** Reads that were sent again. */
  retries = 0;
  /** Reads that were answered by the call of an equal one. */
  shared = 0;
}
