import { Secret } from '@bff/config';
import { type Keyring, type SealContext, UnsealError } from '@bff/secrets';
import { type LoginTransaction, transactionOf } from './login-transaction.js';

/**
 * Seals sign-ins into the cookies of browsers without a session, so that they use no memory in the service.
 */
export class SealedLogins {
  constructor(private readonly keyring: Keyring) {}

  /** @param name the name of the login cookie, to which the seal is bound */
  seal(name: string, { startedAt, secret, frontend, returnTo }: LoginTransaction): string {
    // No part contains a space; JSON would need more characters of the cookie.
    const text = [startedAt.toString(36), secret, frontend, returnTo].join(' ');
    return this.keyring.seal(new Secret(text), contextOf(name));
  }

  /** @returns undefined if the seal is invalid or bound to another name */
  open(name: string, sealed: string): LoginTransaction | undefined {
    try {
      const text = this.keyring.open(sealed, contextOf(name)).reveal();
      const [startedAt = '', secret = '', frontend = '', returnTo = ''] = text.split(' ');
      const intent = { frontend, purpose: { kind: 'sign-in' }, returnTo } as const;
      return transactionOf(intent, secret, parseInt(startedAt, 36));
    } catch (error) {
      if (error instanceof UnsealError) return undefined;
      throw error;
    }
  }
}

function contextOf(name: string): SealContext {
  return { kind: 'login', owner: name, version: 1 };
}
