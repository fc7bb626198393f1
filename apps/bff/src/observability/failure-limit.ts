/** Minimum interval between two lines of one kind, measured on the monotonic clock. */
const INTERVAL_MS = 60_000;

/** Maximum number of tracked kinds, which limits the memory and the lines per minute. */
const MAX_KINDS = 500;

interface LoggedKind {
  readonly loggedAt: number;
  suppressed: number;
}

/** Limits repeated log lines: the first of a kind is logged at once, then at most one per minute. */
export class FailureLimit {
  /** Ordered by the time of the last line, oldest first. */
  private readonly kinds = new Map<string, LoggedKind>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns the number of failures suppressed since the last line of this kind, or null if this one is suppressed too */
  admit(kind: string): number | null {
    const known = this.kinds.get(kind);
    const now = this.now();
    if (known !== undefined && now - known.loggedAt < INTERVAL_MS) {
      known.suppressed += 1;
      return null;
    }
    if (known === undefined && !this.evictOldest(now)) return null;
    this.kinds.delete(kind);
    this.kinds.set(kind, { loggedAt: now, suppressed: 0 });
    return known?.suppressed ?? 0;
  }

  private evictOldest(now: number): boolean {
    const [oldest] = this.kinds;
    if (oldest === undefined || this.kinds.size < MAX_KINDS) return true;
    const [kind, { loggedAt }] = oldest;
    if (now - loggedAt < INTERVAL_MS) return false;
    return this.kinds.delete(kind);
  }
}
