/**
 * The closed catalogue of audit events (docs/security-requirements.md LOG-06). Rejected requests of
 * unauthenticated callers are counted in metrics instead, so that they cannot fill the audit log.
 */
export const AUDIT_EVENTS = {
  'session.signed-in': 'A user signed in.',
  'session.sign-in-failed':
    'A sign-in failed; `details.account` identifies an unknown account by a keyed hash of its e-mail address or identity.',
  'session.signed-out': 'A user signed out.',
  'sessions.revoked': 'Sessions were ended by another user or from another session.',
  'elevation.begun': 'A session was elevated, for one tenant or for administration.',
  'elevation.ended':
    'An elevation ended; `details.cause` is ended, expired, replaced, revoked or session-ended.',
  'admin-plane.call':
    'A call through the admin plane: `begun` before it is sent, then a second event with its outcome.',
  'upstream.write':
    'A member created, updated, deleted or commented on a resource of the upstream; one event per call, with its outcome.',
  'directory.changed':
    'A record of the directory was changed; `details` has the record, the action, and no values except roles and `disabled`.',
  'credential.used':
    'A token was issued for a credential version, or the version was used for HTTP Basic for the first time that day.',
  'access.denied': 'A request of a signed-in caller was denied.',
  'audit.resealed':
    'An operator sealed the heads of all chains; `details.mismatches` lists those that did not match their seals.',
  'keys.rotated':
    'An operator sealed the stored records with a new encryption key; `details` has the key id and the number of records by kind.',
  'audit.pruned': 'Retention removed the oldest events of a chain.',
} as const satisfies Record<string, string>;

export type AuditEventName = keyof typeof AUDIT_EVENTS;

export const AUDIT_ACTOR_KINDS = ['user', 'anonymous', 'operator', 'service'] as const;

/**
 * The actor of an event: a user in a session, an unauthenticated caller, an operator at the command line, or
 * the service itself.
 */
export interface AuditActor {
  readonly kind: (typeof AUDIT_ACTOR_KINDS)[number];
  /** The user's id; null for the others. */
  readonly id: string | null;
  /** A hash that identifies the session and does not authenticate. */
  readonly session: string | null;
  readonly frontend: string | null;
  /**
   * The full client address; `BFF_LOG_ADDRESSES` determines what is stored. Null if the actor's request is
   * not the cause.
   */
  readonly clientAddress: string | null;
  readonly elevation: { readonly id: string; readonly reason: string } | null;
}

const NO_SESSION = { id: null, session: null, frontend: null, clientAddress: null, elevation: null } as const;
export const OPERATOR: AuditActor = { kind: 'operator', ...NO_SESSION };
export const SERVICE: AuditActor = { kind: 'service', ...NO_SESSION };

export const AUDIT_OUTCOMES = ['begun', 'success', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** An event before it is stored, which adds its time, its id and its position in the chain. */
export interface AuditEvent {
  readonly event: AuditEventName;
  readonly outcome: AuditOutcome;
  readonly actor: AuditActor;
  /** The tenant to whose chain the event belongs; null: the chain of events without a tenant. */
  readonly tenantId: string | null;
  readonly requestId: string | null;
  /** Ids, member names, codes and numbers; never a secret or free text from a request. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An event as stored and as returned by the API. */
export interface AuditRecord {
  readonly id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly event: AuditEventName;
  readonly outcome: AuditOutcome;
  readonly actor: { readonly kind: AuditActor['kind']; readonly id: string | null };
  readonly session: string | null;
  readonly frontend: string | null;
  /** Absent in records that are older than the field. */
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
