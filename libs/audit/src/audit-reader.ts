import { auditEvents, type Orm } from '@bff/database';
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import { type AuditRecord } from './audit-event.js';

/** A filter and a position; an event must match all members. */
export interface AuditQuery {
  readonly tenantId?: string | undefined;
  readonly actorId?: string | undefined;
  /** {@link AuditPage.next} of the previous page; null for the first one. */
  readonly after: string | null;
  readonly size: number;
}

export interface AuditPage {
  readonly events: readonly AuditRecord[];
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * Batched events are stored later than others, so pages are ordered by time, and by position within a
 * millisecond.
 */
export async function readPage(orm: Orm, { tenantId, actorId, after, size }: AuditQuery): Promise<AuditPage> {
  const { at, position, record } = auditEvents;
  const rows = await orm
    .select({ at, position, record })
    .from(auditEvents)
    .where(
      and(
        tenantId === undefined ? undefined : eq(auditEvents.tenantId, tenantId),
        actorId === undefined ? undefined : eq(auditEvents.actorId, actorId),
        after === null ? undefined : isAfter(after),
      ),
    )
    .orderBy(desc(at), desc(position))
    .limit(size + 1);
  const events = rows.slice(0, size).map((row) => JSON.parse(row.record) as AuditRecord);
  const last = rows[size - 1];
  if (rows.length <= size || last === undefined) return { events };
  return { events, next: JSON.stringify([last.at.toISOString(), last.position]) };
}

function isAfter(cursor: string): SQL {
  const [at, position] = JSON.parse(cursor) as [string, number];
  return sql`(${auditEvents.at}, ${auditEvents.position}) < (${at}::timestamptz, ${position}::bigint)`;
}
