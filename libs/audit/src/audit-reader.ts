import { auditEvents, type Orm } from '@bff/database';
import { and, desc, eq, lt } from 'drizzle-orm';
import { type AuditRecord } from './audit-event.js';

/** Which events, and from where on: all members are conditions that must hold together. */
export interface AuditQuery {
  readonly tenantId?: string | undefined;
  readonly actorId?: string | undefined;
  /** Events older than the one at this position. */
  readonly before?: number | undefined;
  readonly size: number;
}

export interface AuditPage {
  readonly events: readonly AuditRecord[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: number;
}

export async function readPage(
  orm: Orm,
  { tenantId, actorId, before, size }: AuditQuery,
): Promise<AuditPage> {
  const rows = await orm
    .select({ position: auditEvents.position, record: auditEvents.record })
    .from(auditEvents)
    .where(
      and(
        tenantId === undefined ? undefined : eq(auditEvents.tenantId, tenantId),
        actorId === undefined ? undefined : eq(auditEvents.actorId, actorId),
        before === undefined ? undefined : lt(auditEvents.position, before),
      ),
    )
    .orderBy(desc(auditEvents.position))
    .limit(size + 1);
  const events = rows.slice(0, size).map(({ record }) => JSON.parse(record) as AuditRecord);
  const last = rows[size - 1];
  return rows.length > size && last !== undefined ? { events, next: last.position } : { events };
}
