import { type GlobalRole } from '@bff/database';

/** A person; what proves who they are is kept elsewhere. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: GlobalRole;
  readonly disabled: boolean;
}

/** How two e-mail addresses are compared: without regard to case. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
