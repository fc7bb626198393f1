/**
 * Everything that is recorded, and nothing else is (docs/security-requirements.md LOG-06). What strangers are
 * refused is counted in metrics instead, so that nobody can fill the audit log from outside.
 */
export const AUDIT_EVENTS = {
  'session.signed-in': 'A person signed in.',
  'session.sign-in-failed':
    'A sign-in failed; an unknown account is named by a keyed hash of its e-mail address or identity, `details.account`.',
  'session.signed-out': 'A person signed out.',
  'sessions.revoked': 'Sessions were ended by somebody else, or from elsewhere.',
  'elevation.begun': 'A session rose to elevated powers, for one tenant or for administration.',
  'elevation.ended':
    'Elevated powers ended; `details.cause` says why: ended, expired, replaced, revoked, session-ended.',
  'admin-plane.call':
    'A call through the admin plane: `begun` before it is sent, and what came of it afterwards.',
  'upstream.write':
    'A member created, updated, deleted or commented something at the upstream; one event for each call, with its outcome.',
  'directory.changed':
    'A record of the directory was written; `details` names it and what was done; of values roles alone, and `disabled`.',
  'credential.used':
    'A token was issued for a credential version, or it was used for Basic for the first time that day.',
  'access.denied': 'A signed-in caller was refused.',
  'audit.resealed':
    'An operator accepted the ends of chains as they were; `details` names those that did not fit.',
  'audit.pruned': 'Retention removed the oldest events of a chain.',
} as const satisfies Record<string, string>;

export type AuditEventName = keyof typeof AUDIT_EVENTS;

/**
 * Who did it: a user in a session, somebody who has not signed in, an operator at the command line, or the service by
 * itself.
 */
export interface AuditActor {
  readonly kind: 'user' | 'anonymous' | 'operator' | 'service';
  /** The user's id; null for the others. */
  readonly id: string | null;
  /** A hash that tells one session from another and opens nothing. */
  readonly session: string | null;
  readonly frontend: string | null;
  /** The client's address, whole; it is stored as `BFF_LOG_ADDRESSES` says. Null where no request of the actor's is the cause. */
  readonly clientAddress: string | null;
  readonly elevation: { readonly id: string; readonly reason: string } | null;
}

const NOBODY = { id: null, session: null, frontend: null, clientAddress: null, elevation: null } as const;
export const OPERATOR: AuditActor = { kind: 'operator', ...NOBODY };
export const SERVICE: AuditActor = { kind: 'service', ...NOBODY };

export type AuditOutcome = 'begun' | 'success' | 'refused' | 'failed';

/** What is to be recorded; time, id and place in its chain are added. */
export interface AuditEvent {
  readonly event: AuditEventName;
  readonly outcome: AuditOutcome;
  readonly actor: AuditActor;
  /** A tenant of the directory; its chain takes the event. Null: the chain of what belongs to no tenant. */
  readonly tenantId: string | null;
  readonly requestId: string | null;
  /** Ids, names of members, codes and numbers; never a secret, and never a value that somebody typed. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An event as it is kept and shown. */
export interface AuditRecord {
  readonly id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly event: AuditEventName;
  readonly outcome: AuditOutcome;
  readonly actor: { readonly kind: AuditActor['kind']; readonly id: string | null };
  readonly session: string | null;
  readonly frontend: string | null;
  /** Absent in records from before the field existed. */
  readonly clientAddress?: string | null;
  readonly tenantId: string | null;
  readonly elevationId: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export function toRecord(event: AuditEvent, id: string, at: number): AuditRecord {
  const { actor } = event;
  return {
    id,
    at: new Date(at).toISOString(),
    event: event.event,
    outcome: event.outcome,
    actor: { kind: actor.kind, id: actor.id },
    session: actor.session,
    frontend: actor.frontend,
    clientAddress: actor.clientAddress,
    tenantId: event.tenantId,
    elevationId: actor.elevation?.id ?? null,
    reason: actor.elevation?.reason ?? null,
    requestId: event.requestId,
    details: event.details ?? {},
  };
}
