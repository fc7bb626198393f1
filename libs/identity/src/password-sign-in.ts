import { type Actor, AuditTrail } from '@bff/audit';
import { Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { AttemptLimits } from './attempt-limits.js';
import { PasswordVerifier } from './passwords.js';
import { UserDirectory } from './user-directory.js';
import { emailKey, type User } from './user.js';

const STRATEGY = 'local';

/** A password, and what is known of who sends it. */
export interface PasswordProof {
  readonly email: string;
  readonly password: string;
  /** The client's. */
  readonly address: string;
  readonly frontend: string;
  readonly requestId: string;
}

/**
 * Passport's local strategy, asked once, at sign-in (architecture.md decision 3). Passport is given the two fields and
 * nothing of the request, and keeps no session.
 */
@Injectable()
export class PasswordSignIn implements OnModuleInit {
  private readonly authenticator = new passport.Passport();
  private verifier: PasswordVerifier | undefined;

  constructor(
    private readonly users: UserDirectory,
    private readonly limits: AttemptLimits,
    private readonly audit: AuditTrail,
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

  async onModuleInit(): Promise<void> {
    this.verifier = await PasswordVerifier.create();
  }

  /**
   * @throws Problem `bff_invalid_credentials`: unknown, disabled, without a password, or a wrong one;
   * `bff_too_many_attempts`, before anything is compared
   */
  async prove({ email, password, address, frontend, requestId }: PasswordProof): Promise<User> {
    const attempt = await this.limits.begin(emailKey(email), address);
    const user = await this.askStrategy(email, password).catch((error: unknown) => {
      const known = this.users.accountOf(email)?.user.id;
      if (known !== undefined) {
        const actor: Actor = { kind: 'user', id: known, session: null, frontend, elevation: null };
        const event = { event: 'session.sign-in-failed', outcome: 'refused', actor, tenantId: null } as const;
        this.audit.later({ ...event, requestId, details: { method: 'password' } });
      }
      throw error;
    });
    await attempt.succeeded();
    return user;
  }

  private askStrategy(email: string, password: string): Promise<User> {
    return new Promise((accept, reject) => {
      const answer = (error: unknown, user?: User | false | null): void => {
        if (user) accept(user);
        else reject((error as Error | null) ?? new Problem('bff_invalid_credentials'));
      };
      // By its name: Passport makes a copy for each request then. Given the object itself it would keep the callbacks of
      // a request in it, and of two sign-ins at once one would be answered with the other's outcome.
      const middleware = this.authenticator.authenticate(STRATEGY, { session: false }, answer) as (
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
