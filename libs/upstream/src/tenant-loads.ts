import { type UpstreamServer } from '@bff/config';
import { Problem } from '@bff/problems';
import { type BreakerConfig } from '@bff/resilience';
import { Lane } from './lane.js';

/**
 * Maximum concurrent calls of one tenant on this node; at least 20 are guaranteed (docs/contract.md section
 * 5).
 */
const MAX_CALLS = 64;

/** Maximum calls of one tenant that wait for one of those to end. */
const MAX_QUEUED = 32;

/** Maximum bytes of upstream responses in memory, including those that slow browsers have not read yet. */
const TOTAL_RESPONSE_BYTES = 512 * 1024 * 1024;

/**
 * Maximum part of the total per tenant, so that its slow readers cannot exhaust the memory
 * (docs/security-requirements.md RES-08).
 */
const TENANT_SHARE = 1 / 4;

/** Tenants above which those without a load are forgotten. */
const MAX_TENANTS = 20_000;

/** A call that waits for a place among the concurrent calls of its tenant. */
export interface QueuedCall {
  /** The call has a place, which it must give back. */
  proceed(): void;
}

/** What the calls of one tenant occupy on this node, and what it knows about them. */
export class TenantLoad {
  calls = 0;
  /** Bytes of responses in memory. */
  bytes = 0;
  readonly queue: QueuedCall[] = [];
  private readonly lanes = new Map<UpstreamServer, Lane>();

  constructor(private readonly config: BreakerConfig) {}

  lane(server: UpstreamServer): Lane {
    let lane = this.lanes.get(server);
    if (lane === undefined) this.lanes.set(server, (lane = new Lane(this.config)));
    return lane;
  }

  /** The number of circuits of its servers that are not closed. */
  get openCircuits(): number {
    let open = 0;
    for (const lane of this.lanes.values()) open += lane.openCircuits;
    return open;
  }

  /** Reads that begin from now on share no call that is in flight, because a write may change what they see. */
  stopSharing(): void {
    for (const lane of this.lanes.values()) lane.stopSharing();
  }

  /** Whether nothing is lost if it is forgotten. */
  get isQuiet(): boolean {
    return this.calls === 0 && this.bytes === 0 && [...this.lanes.values()].every(({ isQuiet }) => isQuiet);
  }
}

/** What the calls of all tenants occupy at the moment. */
export interface UpstreamTotals {
  readonly calls: number;
  readonly queuedCalls: number;
  readonly openCircuits: number;
  readonly responseBytes: number;
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
    private readonly config: BreakerConfig,
    private readonly totalBytes = TOTAL_RESPONSE_BYTES,
    private readonly maxTenants = MAX_TENANTS,
  ) {}

  /** The number of tenants that are known. */
  get size(): number {
    return this.byTenant.size;
  }

  /** The sums over all tenants, for the metrics. */
  totals(): UpstreamTotals {
    const totals = { calls: 0, queuedCalls: 0, openCircuits: 0, responseBytes: this.bytes };
    for (const load of this.byTenant.values()) {
      totals.calls += load.calls;
      totals.queuedCalls += load.queue.length;
      totals.openCircuits += load.openCircuits;
    }
    return totals;
  }

  /** @param recordId identifies the tenant record; must never be reused for another record */
  of(recordId: string): TenantLoad {
    let load = this.byTenant.get(recordId);
    if (load === undefined) {
      if (this.byTenant.size >= this.maxTenants) this.forgetQuiet();
      this.byTenant.set(recordId, (load = new TenantLoad(this.config)));
    }
    return load;
  }

  /**
   * Takes a place for a call, or lets it wait for one.
   * @returns whether the call has a place now
   * @throws Problem `bff_overloaded` if too many calls of the tenant wait already
   */
  enter(load: TenantLoad, call: QueuedCall): boolean {
    if (load.calls < MAX_CALLS) {
      load.calls += 1;
      return true;
    }
    if (load.queue.length >= MAX_QUEUED) throw new Problem('bff_overloaded');
    load.queue.push(call);
    return false;
  }

  /** Gives the place of a call back, to the call that has waited longest. */
  leave(load: TenantLoad): void {
    const next = load.queue.shift();
    if (next === undefined) load.calls -= 1;
    else next.proceed();
  }

  /** Ends the wait of a call for a place. */
  leaveQueue(load: TenantLoad, call: QueuedCall): void {
    const at = load.queue.indexOf(call);
    if (at !== -1) load.queue.splice(at, 1);
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

  private forgetQuiet(): void {
    for (const [recordId, load] of this.byTenant) if (load.isQuiet) this.byTenant.delete(recordId);
  }
}
