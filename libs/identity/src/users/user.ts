import { type GlobalRole } from '@bff/database';

export { emailKey } from '@bff/database';

/** A user without their credentials, which {@link Account} holds. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: GlobalRole;
  readonly disabled: boolean;
  /** Whether the user can sign in with a password, and change it. */
  readonly hasPassword: boolean;
  /** Increases when the role or the second factor changes, which ends an earlier elevation. */
  readonly powersVersion: number;
  /** Increases when all sessions of the user are ended; earlier sessions have a lower version. */
  readonly sessionsVersion: number;
}

/** A text without spaces and control characters. */
export const VISIBLE_TEXT = /^[^\p{C}\p{Z}]*$/u;

/** Returns the key of an identity; JSON separates issuer and subject unambiguously. */
export function identityKey(issuer: string, subject: string): string {
  return JSON.stringify([issuer, subject]);
}
