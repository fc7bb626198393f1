import { type AuditActor, type AuditEvent } from '@bff/audit';
import { type Keyring } from '@bff/secrets';

const HASH_LENGTH = 16;

/** An attempted sign-in, with its origin. */
export interface SignInAttempt {
  readonly method: 'password' | 'openid';
  readonly frontend: string;
  readonly requestId: string;
  /** The client's IP address. */
  readonly address: string;
}

/** Returns the audit event of a failed sign-in to an existing account, whose user is the actor. */
export function signInFailed({ method, ...attempt }: SignInAttempt, userId: string): AuditEvent {
  return failed(userActor(attempt, userId), attempt.requestId, { method });
}

/**
 * Returns the audit event of a step-up that the provider did not confirm: the same as for a wrong one-time
 * code.
 */
export function stepUpRefused(attempt: SignInAttempt, userId: string, tenantId: string | null): AuditEvent {
  return {
    event: 'access.denied',
    outcome: 'refused',
    actor: userActor(attempt, userId),
    tenantId,
    requestId: attempt.requestId,
    details: { operation: 'session.callback', errorCode: 'bff_elevation_refused' },
  };
}

/**
 * Returns the audit event of a failed sign-in to an account that does not exist. The account is recorded as a
 * keyed hash, which shows repeated attempts, because the input may be a password typed into the wrong field.
 * @param account an e-mail address or an identity, normalised
 */
export function unknownSignInFailed(
  keyring: Keyring,
  { method, frontend, requestId, address }: SignInAttempt,
  account: string,
): AuditEvent {
  const [, mac = ''] = keyring.sign('unknown-account', account).split('.');
  const anonymous = { kind: 'anonymous', id: null, session: null, elevation: null } as const;
  const details = { method, account: mac.slice(0, HASH_LENGTH) };
  return failed({ ...anonymous, frontend, clientAddress: address }, requestId, details);
}

function userActor(
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
