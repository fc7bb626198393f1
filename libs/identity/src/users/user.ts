import { type GlobalRole } from '@bff/database';

export { emailKey } from '@bff/database';

/** A person; what proves who they are is kept elsewhere. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: GlobalRole;
  readonly disabled: boolean;
  /** Whether there is one to sign in with, or to change. */
  readonly hasPassword: boolean;
  /** Grows when role or second factor change: an elevation from before that is over. */
  readonly powersVersion: number;
  /** Grows when all sessions of the user are ended: those from before that are over. */
  readonly sessionsVersion: number;
}

/** A text without spaces, and without what a terminal would obey. */
export const VISIBLE_TEXT = /^[^\p{C}\p{Z}]*$/u;

/** How two identities are compared; JSON keeps issuer and subject apart whatever they hold. */
export function identityKey(issuer: string, subject: string): string {
  return JSON.stringify([issuer, subject]);
}
