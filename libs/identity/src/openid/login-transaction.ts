import { createHmac } from 'node:crypto';

/** Identifies a session by its owner and its id. */
export interface SessionReference {
  readonly userId: string;
  readonly sessionId: string;
}

/** The purpose of a sign-in: a new session, or the elevation of an existing one. */
export type LoginPurpose =
  | { readonly kind: 'sign-in' }
  | {
      readonly kind: 'elevation';
      readonly session: SessionReference;
      readonly subject: string;
      readonly acr: string;
      readonly tenantId: string | null;
      readonly tenantRecordId: string | null;
      readonly reason: string;
    };

/** An open sign-in, bound to a cookie of the browser that began it. */
export interface LoginTransaction {
  readonly frontend: string;
  readonly purpose: LoginPurpose;
  /** A local path. */
  readonly returnTo: string;
  /** State, nonce and code verifier are derived from it. */
  readonly secret: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly startedAt: number;
  /** The keyed hash of the browser's cookie, if the browser has a session. */
  readonly browser?: string;
}

export type LoginIntent = Pick<LoginTransaction, 'frontend' | 'purpose' | 'returnTo'>;

/** Creates a sign-in whose state, nonce and code verifier derive from a secret, which keeps a seal short. */
export function transactionOf(intent: LoginIntent, secret: string, startedAt: number): LoginTransaction {
  const derived = (purpose: string): string =>
    createHmac('sha256', secret).update(purpose).digest('base64url');
  return Object.freeze({
    ...intent,
    secret,
    state: derived('state'),
    nonce: derived('nonce'),
    codeVerifier: derived('code verifier'),
    startedAt,
  });
}
