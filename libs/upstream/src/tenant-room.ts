import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';

/**
 * Calls that one tenant may have in flight on this node; at least 20 are promised
 * (docs/contract.md section 5).
 */
const MAX_CALLS = 64;

/**
 * Keeps one tenant whose calls hang from taking the connections of all
 * (docs/security-requirements.md RES-08).
 */
@Injectable()
export class TenantRoom {
  /** By tenant record. */
  private readonly calls = new Map<string, number>();

  /** @throws Problem `bff_overloaded` */
  enter(recordId: string): void {
    const calls = this.calls.get(recordId) ?? 0;
    if (calls >= MAX_CALLS) throw new Problem('bff_overloaded');
    this.calls.set(recordId, calls + 1);
  }

  leave(recordId: string): void {
    const calls = this.calls.get(recordId) ?? 0;
    if (calls <= 1) this.calls.delete(recordId);
    else this.calls.set(recordId, calls - 1);
  }
}
