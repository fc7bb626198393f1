import { type TenantRecord } from '@bff/tenancy';

/** How the calls of a tenant went on this node since its start; times in milliseconds since the epoch. */
export interface Health {
  readonly lastSuccessAt: number | null;
  readonly lastErrorCode: string | null;
}

interface Entry {
  /** Of this record and no later one with its id. */
  readonly createdAt: number;
  lastSuccessAt: number | null;
  lastErrorCode: string | null;
}

const UNKNOWN: Health = { lastSuccessAt: null, lastErrorCode: null };

/** The last success and the last error of each tenant, for who looks after it. */
export class TenantHealth {
  private readonly known = new Map<string, Entry>();

  of({ id, createdAt }: TenantRecord): Health {
    const entry = this.known.get(id);
    return entry?.createdAt === createdAt.getTime() ? entry : UNKNOWN;
  }

  succeeded(tenant: TenantRecord, at: number): void {
    this.entry(tenant).lastSuccessAt = at;
  }

  failed(tenant: TenantRecord, errorCode: string): void {
    this.entry(tenant).lastErrorCode = errorCode;
  }

  private entry({ id, createdAt }: TenantRecord): Entry {
    const known = this.known.get(id);
    if (known?.createdAt === createdAt.getTime()) return known;
    const entry = { ...UNKNOWN, createdAt: createdAt.getTime() };
    this.known.set(id, entry);
    return entry;
  }
}
