import { type TenantRecord } from '@bff/tenancy';

/** Results of the calls of a tenant on this node since its start; times in milliseconds since the epoch. */
export interface Health {
  readonly lastSuccessAt: number | null;
  readonly lastErrorCode: string | null;
}

interface Entry {
  /** Identifies the tenant record; a later record with the same tenant id has another value. */
  readonly recordId: string;
  lastSuccessAt: number | null;
  lastErrorCode: string | null;
}

const UNKNOWN: Health = { lastSuccessAt: null, lastErrorCode: null };

/** Stores the last success and the last error of each tenant, for the admin API. */
export class TenantHealth {
  private readonly known = new Map<string, Entry>();

  of({ id, recordId }: TenantRecord): Health {
    const entry = this.known.get(id);
    return entry?.recordId === recordId ? entry : UNKNOWN;
  }

  succeeded(tenant: TenantRecord, at: number): void {
    this.entry(tenant).lastSuccessAt = at;
  }

  failed(tenant: TenantRecord, errorCode: string): void {
    this.entry(tenant).lastErrorCode = errorCode;
  }

  private entry({ id, recordId }: TenantRecord): Entry {
    const known = this.known.get(id);
    if (known?.recordId === recordId) return known;
    const entry = { ...UNKNOWN, recordId };
    this.known.set(id, entry);
    return entry;
  }
}
