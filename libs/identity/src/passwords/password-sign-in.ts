import { AuditLog } from '@bff/audit';
import { Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { authenticateWithPassport } from '../passport-authentication.js';
import { AttemptLimits } from '../attempt-limits/attempt-limits.js';
import { Passwords } from './passwords.js';
import { signInFailed, unknownSignInFailed } from '../sign-in-failed.js';
import { UserDirectory } from '../users/user-directory.js';
import { emailKey, type User } from '../users/user.js';

const STRATEGY = 'local';

/** A password, with the origin of the request that sends it. */
export interface PasswordProof {
  readonly email: string;
  readonly password: string;
  /** The client's IP address. */
  readonly address: string;
  readonly frontend: string;
  readonly requestId: string;
}

/**
 * Signs users in by password, with Passport's local strategy. Passport receives only the two fields, not the
 * request, and creates no session.
 */
@Injectable()
export class PasswordSignIn {
  private readonly authenticator = new passport.Passport();

  constructor(
    private readonly users: UserDirectory,
    private readonly limits: AttemptLimits,
    private readonly audit: AuditLog,
    private readonly passwords: Passwords,
    private readonly keyring: Keyring,
  ) {
    const fields = { usernameField: 'email', passwordField: 'password', session: false } as const;
    this.authenticator.use(
      STRATEGY,
      new LocalStrategy(fields, (email, password, done) => {
        this.findUser(email, new Secret(password)).then(
          (user) => done(null, user),
          (error: unknown) => done(error),
        );
      }),
    );
  }

  /**
   * @throws Problem `bff_invalid_credentials` if the account is unknown, disabled or without a password, or
   * the password is wrong; `bff_too_many_attempts` before any comparison; `bff_overloaded`, which does not
   * count as an attempt; `bff_directory_unavailable`
   */
  async prove({ email, password, address, frontend, requestId }: PasswordProof): Promise<User> {
    this.users.ensureCurrent();
    const proof = { body: { email, password } };
    const attempt = { method: 'password', frontend, requestId, address } as const;
    const userId = this.users.accountOf(email)?.user.id ?? null;
    return this.limits.signIn({ key: emailKey(email), userId }, address, () =>
      authenticateWithPassport<User>(this.authenticator, STRATEGY, proof).catch((error: unknown) => {
        // Other errors mean that the password was not compared.
        if (error instanceof Problem && error.errorCode === 'bff_invalid_credentials') {
          this.audit.later(
            userId === null
              ? unknownSignInFailed(this.keyring, attempt, emailKey(email))
              : signInFailed(attempt, userId),
          );
        }
        throw error;
      }),
    );
  }

  private async findUser(email: string, password: Secret): Promise<User | false> {
    const account = this.users.accountOf(email);
    const matches = await this.passwords.matches(account?.passwordHash ?? null, password);
    return matches && account?.user.disabled === false ? account.user : false;
  }
}
