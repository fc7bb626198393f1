/** How the calls of a tenant went on this node since its start; times in milliseconds since the epoch. */
export interface Health {
  readonly lastSuccessAt: number | null;
  readonly lastErrorCode: string | null;
}

const UNKNOWN: Health = { lastSuccessAt: null, lastErrorCode: null };

/** The last success and the last error of each tenant, for who looks after it. */
export class TenantHealth {
  private readonly known = new Map<string, { lastSuccessAt: number | null; lastErrorCode: string | null }>();

  of(tenantId: string): Health {
    return this.known.get(tenantId) ?? UNKNOWN;
  }

  succeeded(tenantId: string, at: number): void {
    this.entry(tenantId).lastSuccessAt = at;
  }

  failed(tenantId: string, errorCode: string): void {
    this.entry(tenantId).lastErrorCode = errorCode;
  }

  private entry(tenantId: string): { lastSuccessAt: number | null; lastErrorCode: string | null } {
    let entry = this.known.get(tenantId);
    if (entry === undefined) this.known.set(tenantId, (entry = { ...UNKNOWN }));
    return entry;
  }
}
