/** Upstream responses that this process holds at once, in bytes, those included that slow browsers have not read yet. */
export const TOTAL_RESPONSE_BYTES = 512 * 1024 * 1024;

/**
 * A tenant holds at most this part of the total, so that its slow readers do not use up the budget
 * (docs/security-requirements.md RES-08).
 */
const TENANT_SHARE = 1 / 4;

/** The part of the budget that one call holds. */
export interface Reservation {
  /** @returns false if that many more bytes exceed the budget */
  take(bytes: number): boolean;
  /** Gives everything back; the call takes nothing afterwards. */
  release(): void;
}

/** Limits the memory that upstream responses take, for each tenant and in total (docs/decisions/0004). */
export class ResponseMemoryBudget {
  private readonly tenantBytes: number;
  private held = 0;
  private readonly heldByTenant = new Map<string, number>();

  constructor(private readonly totalBytes: number) {
    this.tenantBytes = totalBytes * TENANT_SHARE;
  }

  /** @param tenantKey identifies the tenant record; never reused for another record */
  reserve(tenantKey: string): Reservation {
    let bytes = 0;
    let released = false;
    return {
      take: (more) => {
        if (released || !this.take(tenantKey, more)) return false;
        bytes += more;
        return true;
      },
      release: () => {
        if (released) return;
        released = true;
        this.giveBack(tenantKey, bytes);
      },
    };
  }

  private take(tenantKey: string, bytes: number): boolean {
    const ofTenant = (this.heldByTenant.get(tenantKey) ?? 0) + bytes;
    if (ofTenant > this.tenantBytes || this.held + bytes > this.totalBytes) return false;
    this.heldByTenant.set(tenantKey, ofTenant);
    this.held += bytes;
    return true;
  }

  private giveBack(tenantKey: string, bytes: number): void {
    const rest = (this.heldByTenant.get(tenantKey) ?? 0) - bytes;
    if (rest > 0) this.heldByTenant.set(tenantKey, rest);
    else this.heldByTenant.delete(tenantKey);
    this.held -= bytes;
  }
}
