import { type AuditEvent } from '@bff/audit';

/** A sign-in that failed, to an account that is known: whoever tried it is named by the account. */
export function signInFailed(
  method: 'password' | 'openid',
  userId: string,
  frontend: string,
  requestId: string,
): AuditEvent {
  return {
    event: 'session.sign-in-failed',
    outcome: 'refused',
    actor: { kind: 'user', id: userId, session: null, frontend, elevation: null },
    tenantId: null,
    requestId,
    details: { method },
  };
}
