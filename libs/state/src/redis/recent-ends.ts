import { type Clock } from '@bff/config';

/** Time for which ends are remembered (docs/contract.md section 4, "Sign-out"). */
export const REMEMBERED_MS = 10 * 60_000;

/**
 * The keys that any node removed in the last ten minutes, as far as this node was connected. They are removed again when
 * the server was restarted or replaced, because it may have lost the removal.
 */
export class RecentEnds {
  private readonly endedAt = new Map<string, number>();

  constructor(private readonly monotonic: Clock) {}

  add(key: string): void {
    this.forgetOld();
    this.endedAt.delete(key);
    this.endedAt.set(key, this.monotonic());
  }

  has(key: string): boolean {
    return this.endedAt.has(key);
  }

  keys(): readonly string[] {
    this.forgetOld();
    return [...this.endedAt.keys()];
  }

  private forgetOld(): void {
    const oldest = this.monotonic() - REMEMBERED_MS;
    for (const [key, endedAt] of this.endedAt) {
      if (endedAt > oldest) return;
      this.endedAt.delete(key);
    }
  }
}
