import { type AuditActor, type AuditEvent } from './audit-event.js';

/** Who did it, and in which request; null at a terminal. */
export interface AuditSource {
  readonly actor: AuditActor;
  readonly requestId: string | null;
}

/** What was done to one record of the directory: names, and of values those alone that say what somebody may do. */
export interface RecordChange {
  readonly record: 'tenant' | 'credentials' | 'membership' | 'user' | 'admin credentials';
  readonly id: string;
  /** The tenant that it is about. */
  readonly tenantId: string | null;
  readonly action: 'created' | 'updated' | 'removed';
  readonly members?: readonly string[];
  readonly role?: string;
  readonly disabled?: boolean;
}

export function directoryChanged({ actor, requestId }: AuditSource, change: RecordChange): AuditEvent {
  const { tenantId, ...details } = change;
  return { event: 'directory.changed', outcome: 'success', actor, tenantId, requestId, details };
}
