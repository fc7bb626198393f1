import { Problem } from '@bff/problems';

/**
 * Maximum concurrent calls of one tenant on this node; at least 20 are guaranteed (docs/contract.md section
 * 5).
 */
const MAX_CALLS = 64;

/** Maximum bytes of upstream responses in memory, including those that slow browsers have not read yet. */
const TOTAL_RESPONSE_BYTES = 512 * 1024 * 1024;

/**
 * Maximum part of the total per tenant, so that its slow readers cannot exhaust the memory
 * (docs/security-requirements.md RES-08).
 */
const TENANT_SHARE = 1 / 4;

/** Tenants above which those without a load are forgotten. */
const MAX_TENANTS = 20_000;

/** What the calls of one tenant occupy on this node. */
export interface TenantLoad {
  calls: number;
  /** Bytes of responses in memory. */
  bytes: number;
}

/**
 * Limits the concurrent calls of each tenant, so that hanging calls of one tenant do not exhaust the connections, and the
 * memory of responses per tenant and in total (docs/security-requirements.md RES-08,
 * docs/decisions/0004-answers-are-taken-in-whole.md). An entry outlives its calls, because a Map whose entries come
 * and go with every call is rebuilt again and again.
 */
export class TenantLoads {
  private readonly byTenant = new Map<string, TenantLoad>();
  private bytes = 0;

  constructor(
    private readonly totalBytes = TOTAL_RESPONSE_BYTES,
    private readonly maxTenants = MAX_TENANTS,
  ) {}

  /** The number of tenants that are known. */
  get size(): number {
    return this.byTenant.size;
  }

  /**
   * Counts a call in, which must be counted out with {@link end}.
   * @param recordId identifies the tenant record; must never be reused for another record
   * @throws Problem `bff_overloaded` if the tenant has the maximum of calls in flight
   */
  begin(recordId: string): TenantLoad {
    let load = this.byTenant.get(recordId);
    if (load === undefined) {
      if (this.byTenant.size >= this.maxTenants) this.forgetIdle();
      this.byTenant.set(recordId, (load = { calls: 0, bytes: 0 }));
    }
    if (load.calls >= MAX_CALLS) throw new Problem('bff_overloaded');
    load.calls += 1;
    return load;
  }

  end(load: TenantLoad): void {
    load.calls -= 1;
  }

  /** @returns false if the bytes would exceed the share of the tenant or the total; then none are taken */
  take(load: TenantLoad, bytes: number): boolean {
    if (load.bytes + bytes > this.totalBytes * TENANT_SHARE || this.bytes + bytes > this.totalBytes)
      return false;
    load.bytes += bytes;
    this.bytes += bytes;
    return true;
  }

  giveBack(load: TenantLoad, bytes: number): void {
    load.bytes -= bytes;
    this.bytes -= bytes;
  }

  private forgetIdle(): void {
    for (const [recordId, { calls, bytes }] of this.byTenant)
      if (calls === 0 && bytes === 0) this.byTenant.delete(recordId);
  }
}
