import { type AuditActor, type AuditEvent } from '@bff/audit';
import { type Keyring } from '@bff/secrets';

const HASH_LENGTH = 16;

/** A sign-in that was tried, and where. */
export interface SignInAttempt {
  readonly method: 'password' | 'openid';
  readonly frontend: string;
  readonly requestId: string;
  /** The client's. */
  readonly address: string;
}

/** A failed sign-in to an account that is known: the account is the actor. */
export function signInFailed({ method, ...attempt }: SignInAttempt, userId: string): AuditEvent {
  return failed(knownActor(attempt, userId), attempt.requestId, { method });
}

/** A provider that did not confirm the step-up of a user: it is denied as a wrong one-time code is. */
export function stepUpRefused(attempt: SignInAttempt, userId: string, tenantId: string | null): AuditEvent {
  return {
    event: 'access.denied',
    outcome: 'refused',
    actor: knownActor(attempt, userId),
    tenantId,
    requestId: attempt.requestId,
    details: { operation: 'session.callback', errorCode: 'bff_elevation_refused' },
  };
}

/**
 * A sign-in to an account that does not exist. What was typed may be a password in the wrong field: a keyed hash of it
 * shows that one account is tried again, and nothing else.
 * @param account an e-mail address or an identity, normalised
 */
export function unknownSignInFailed(
  keyring: Keyring,
  { method, frontend, requestId, address }: SignInAttempt,
  account: string,
): AuditEvent {
  const [, mac = ''] = keyring.sign('unknown-account', account).split('.');
  const nobody = { kind: 'anonymous', id: null, session: null, elevation: null } as const;
  const details = { method, account: mac.slice(0, HASH_LENGTH) };
  return failed({ ...nobody, frontend, clientAddress: address }, requestId, details);
}

function knownActor(
  { frontend, address }: Pick<SignInAttempt, 'frontend' | 'address'>,
  userId: string,
): AuditActor {
  return { kind: 'user', id: userId, session: null, frontend, clientAddress: address, elevation: null };
}

function failed(actor: AuditActor, requestId: string, details: object): AuditEvent {
  return {
    event: 'session.sign-in-failed',
    outcome: 'refused',
    actor,
    tenantId: null,
    requestId,
    details: { ...details },
  };
}
