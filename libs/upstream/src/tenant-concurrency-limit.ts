import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';

/**
 * Maximum concurrent calls of one tenant on this node; at least 20 are guaranteed (docs/contract.md section
 * 5).
 */
const MAX_CALLS = 64;

/**
 * Limits the concurrent calls of each tenant, so that hanging calls of one tenant do not exhaust the
 * connections (docs/security-requirements.md RES-08).
 */
@Injectable()
export class TenantConcurrencyLimit {
  /** Calls in flight, by tenant record id. */
  private readonly calls = new Map<string, number>();

  /** @throws Problem `bff_overloaded` if the tenant has the maximum of calls in flight */
  acquire(recordId: string): void {
    const calls = this.calls.get(recordId) ?? 0;
    if (calls >= MAX_CALLS) throw new Problem('bff_overloaded');
    this.calls.set(recordId, calls + 1);
  }

  release(recordId: string): void {
    const calls = this.calls.get(recordId) ?? 0;
    if (calls <= 1) this.calls.delete(recordId);
    else this.calls.set(recordId, calls - 1);
  }
}
