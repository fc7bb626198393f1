/** Maximum bytes of upstream responses in memory, including those that slow browsers have not read yet. */
export const TOTAL_RESPONSE_BYTES = 512 * 1024 * 1024;

/**
 * Maximum part of the total per tenant, so that its slow readers cannot exhaust the budget
 * (docs/security-requirements.md RES-08).
 */
const TENANT_SHARE = 1 / 4;

/** The part of the budget that one call holds. */
export interface Reservation {
  /** @returns false if the bytes would exceed the budget; then none are reserved */
  take(bytes: number): boolean;
  /** Returns all bytes to the budget; later calls of {@link take} fail. */
  release(): void;
}

/**
 * Limits the memory of upstream responses, per tenant and in total
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
export class ResponseMemoryBudget {
  private readonly tenantBytes: number;
  private held = 0;
  private readonly heldByTenant = new Map<string, number>();

  constructor(private readonly totalBytes: number) {
    this.tenantBytes = totalBytes * TENANT_SHARE;
  }

  /** @param tenantKey identifies the tenant record; must never be reused for another record */
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
    const tenantBytes = (this.heldByTenant.get(tenantKey) ?? 0) + bytes;
    if (tenantBytes > this.tenantBytes || this.held + bytes > this.totalBytes) return false;
    this.heldByTenant.set(tenantKey, tenantBytes);
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
