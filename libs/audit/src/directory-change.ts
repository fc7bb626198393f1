import { type AuditActor, type AuditEvent } from './audit-event.js';

/** The actor of a change and the id of its request; null for the command line. */
export interface AuditSource {
  readonly actor: AuditActor;
  readonly requestId: string | null;
}

/**
 * A change of one record of the directory: member names, and only the values that determine what a user may
 * do.
 */
export interface RecordChange {
  readonly record: 'tenant' | 'credentials' | 'membership' | 'user' | 'admin credentials';
  readonly id: string;
  /** The tenant that the record belongs to; null if it belongs to none. */
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
