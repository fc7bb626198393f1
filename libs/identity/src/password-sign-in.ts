import { Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { PasswordVerifier } from './passwords.js';
import { UserDirectory } from './user-directory.js';
import { type User } from './user.js';

/**
 * Passport's local strategy, asked once, at sign-in (architecture.md decision 3). Passport is given the two fields and
 * nothing of the request, and keeps no session.
 */
@Injectable()
export class PasswordSignIn implements OnModuleInit {
  private readonly authenticator = new passport.Passport();
  private verifier: PasswordVerifier | undefined;
  private readonly strategy = new LocalStrategy(
    { usernameField: 'email', passwordField: 'password', session: false },
    (email, password, done) => {
      this.findUser(email, new Secret(password)).then(
        (user) => done(null, user),
        (error: unknown) => done(error),
      );
    },
  );

  constructor(private readonly users: UserDirectory) {}

  async onModuleInit(): Promise<void> {
    this.verifier = await PasswordVerifier.create();
  }

  /** @throws Problem `bff_invalid_credentials`: unknown, disabled, without a password, or a wrong one */
  prove(email: string, password: string): Promise<User> {
    return new Promise((accept, reject) => {
      const answer = (error: unknown, user?: User | false | null): void => {
        if (user) accept(user);
        else reject((error as Error | null) ?? new Problem('bff_invalid_credentials'));
      };
      const middleware = this.authenticator.authenticate(this.strategy, { session: false }, answer) as (
        request: object,
        response: object,
        next: (error: unknown) => void,
      ) => void;
      middleware({ body: { email, password } }, {}, answer);
    });
  }

  private async findUser(email: string, password: Secret): Promise<User | false> {
    const account = this.users.accountOf(email);
    const matches = await this.verifier?.matches(account?.passwordHash ?? null, password);
    return matches === true && account?.user.disabled === false ? account.user : false;
  }
}
