import { type TenantRecord } from '@bff/tenancy';

/** How the calls of a tenant went on this node since its start; times in milliseconds since the epoch. */
export interface Health {
  readonly lastSuccessAt: number | null;
  readonly lastErrorCode: string | null;
}

interface Entry {
  /** Of this tenant record and no later one with its id. */
  readonly recordId: string;
  lastSuccessAt: number | null;
  lastErrorCode: string | null;
}

const UNKNOWN: Health = { lastSuccessAt: null, lastErrorCode: null };

/** The last success and the last error of each tenant, for who looks after it. */
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
