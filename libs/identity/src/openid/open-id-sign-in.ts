import { AuditLog, directoryChanged, SERVICE } from '@bff/audit';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { type Change, Directory, directoryProblem } from '@bff/database';
import { type Frontend } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type JWTPayload } from 'jose';
import passport from 'passport';
import { authenticateWithPassport } from '../passport-authentication.js';
import { type SignInAttempt, signInFailed, stepUpRefused, unknownSignInFailed } from '../sign-in-failed.js';
import { UserDirectory } from '../users/user-directory.js';
import { createFromIdentity } from './user-from-identity.js';
import { identityKey, type User } from '../users/user.js';
import { type LoginPurpose, type LoginTransaction } from './login-transaction.js';
import { type LoginOrigin, LoginTransactions } from './login-transactions.js';
import { type OpenIdProvider } from './open-id-provider.js';
import { OpenIdProviders } from './open-id-providers.js';
import { type SignInFailure, SignInProblem } from './sign-in-problem.js';
import { assertElevated } from './step-up.js';

const logger = new Logger('OpenIdSignIn');

const STRATEGY = 'openid';

/** At most 255 characters (OpenID Connect Core 1.0 section 2). */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** A request to sign in, or to step up, at a frontend's provider. */
export interface LoginRequest extends LoginOrigin {
  readonly frontend: Frontend;
  readonly purpose: LoginPurpose;
  readonly returnTo: string;
  readonly requestId: string;
}

/** The request with which a browser returns from its provider. */
export interface Callback {
  readonly frontend: Frontend;
  /** Path and query of the request. */
  readonly target: string;
  readonly cookies: string | undefined;
  /** The client's address. */
  readonly address: string;
  readonly requestId: string;
}

/** An authenticated user, with the purpose of the sign-in. */
export interface ProvenLogin {
  readonly user: User;
  readonly purpose: LoginPurpose;
  readonly returnTo: string;
  readonly subject: string;
  readonly sid: string | null;
  /** `iat` of the ID token, in seconds since the epoch. */
  readonly issuedAt: number;
}

/** The result of a callback, and the cookies that the response sets in either case. */
export type CallbackOutcome = { readonly setCookies: readonly string[] } & (
  { readonly login: ProvenLogin } | { readonly problem: Problem }
);

interface Proof {
  readonly provider: OpenIdProvider;
  readonly callback: URL;
  readonly transaction: LoginTransaction;
}

/** A callback whose state matches an open sign-in of its browser. */
interface MatchedCallback extends Omit<Callback, 'target' | 'cookies'>, Omit<Proof, 'provider'> {}

/**
 * Signs users in at an OpenID provider. The Passport strategy receives only the proof, not the request, and
 * creates no session.
 */
@Injectable()
export class OpenIdSignIn {
  private readonly authenticator = new passport.Passport();

  constructor(
    private readonly providers: OpenIdProviders,
    private readonly transactions: LoginTransactions,
    private readonly users: UserDirectory,
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {
    const strategy: passport.Strategy = {
      name: STRATEGY,
      authenticate(request) {
        const { provider, callback, transaction } = request as unknown as Proof;
        provider.claimsOf(callback, transaction).then(
          (claims) => this.success(claims),
          (error: unknown) => this.error(error),
        );
      },
    };
    this.authenticator.use(STRATEGY, strategy);
  }

  /**
   * @returns the URL of the authorization request, and the cookies to set
   * @throws Problem if the provider is unavailable or too many sign-ins are open
   */
  async begin({ frontend, purpose, returnTo, requestId, ...origin }: LoginRequest): Promise<{
    readonly authorizationUrl: string;
    readonly setCookies: readonly string[];
  }> {
    const provider = this.providers.of(frontend);
    const transaction = this.transactions.prepare({ frontend: frontend.name, purpose, returnTo });
    const { state, nonce, codeVerifier } = transaction;
    const acr = purpose.kind === 'elevation' ? purpose.acr : null;
    const redirectUri = `${frontend.origin}/session/callback`;
    try {
      const url = await provider.authorizationUrl({ redirectUri, state, nonce, codeVerifier, acr });
      return { authorizationUrl: url.href, setCookies: await this.transactions.open(transaction, origin) };
    } catch (error) {
      this.report(error, frontend, requestId);
      throw error;
    }
  }

  async finish({ frontend, target, cookies, address, requestId }: Callback): Promise<CallbackOutcome> {
    const callback = new URL(frontend.origin + target);
    const states = callback.searchParams.getAll('state');
    const { transaction, setCookies } = await this.transactions.take(states[0] ?? '', cookies);
    try {
      if (transaction === undefined || states.length !== 1 || transaction.frontend !== frontend.name) {
        throw new SignInProblem('bff_invalid_input', { stage: 'authorization', reason: 'state-unknown' });
      }
      return { setCookies, login: await this.prove({ frontend, callback, transaction, address, requestId }) };
    } catch (error) {
      if (error instanceof Problem) return { setCookies, problem: error };
      throw error;
    }
  }

  /**
   * Logs why a sign-in or step-up failed. Other errors are not logged here: the request log has their code.
   */
  report(error: unknown, { name, oidc }: Frontend, requestId: string): void {
    if (!(error instanceof SignInProblem)) return;
    const msg = 'a sign-in at an identity provider failed';
    logger.warn({ id: requestId, frontend: name, issuer: oidc?.issuer, ...error.failure, msg });
  }

  private async prove({
    frontend,
    callback,
    transaction,
    address,
    requestId,
  }: MatchedCallback): Promise<ProvenLogin> {
    const provider = this.providers.of(frontend);
    const claims = await authenticateWithPassport<JWTPayload>(this.authenticator, STRATEGY, {
      provider,
      callback,
      transaction,
    } satisfies Proof);
    const { purpose, returnTo } = transaction;
    const { sub: subject } = claims;
    if (subject === undefined || !SUBJECT.test(subject)) {
      throw failed({ stage: 'id-token', reason: 'claim-mismatch', claim: 'sub' });
    }
    const attempt = { method: 'openid', frontend: frontend.name, requestId, address } as const;
    if (purpose.kind === 'elevation') {
      const need = { ...purpose, amr: provider.settings.amrElevated, startedAt: transaction.startedAt };
      try {
        assertElevated(claims, need, this.config.clock());
      } catch (error) {
        this.audit.later(stepUpRefused(attempt, purpose.session.userId, purpose.tenantId));
        throw error;
      }
    }
    const user = await this.userOf(provider, subject, claims, attempt);
    const isAdminAtPartner = user.role === 'admin' && frontend.class === 'partner';
    if (user.disabled || isAdminAtPartner) {
      this.audit.later(signInFailed(attempt, user.id));
      throw isAdminAtPartner
        ? new SignInProblem('bff_role_required', { stage: 'user', reason: 'admin-at-partner-provider' })
        : failed({ stage: 'user', reason: 'no-active-account', cause: 'disabled' });
    }
    const sid = typeof claims['sid'] === 'string' && claims['sid'] !== '' ? claims['sid'] : null;
    return { user, purpose, returnTo, subject, sid, issuedAt: claims.iat ?? 0 };
  }

  private async userOf(
    { settings }: OpenIdProvider,
    subject: string,
    claims: JWTPayload,
    attempt: SignInAttempt,
  ): Promise<User> {
    this.users.ensureCurrent();
    const { issuer, unknownSubjects } = settings;
    let user = this.users.withIdentity(issuer, subject);
    if (user === undefined && unknownSubjects === 'create') {
      const change: Change<void> = async (orm) => {
        const created = await createFromIdentity(orm, { issuer, subject }, claims);
        if (created === undefined) return;
        const done = { record: 'user', id: created, tenantId: null, action: 'created' } as const;
        const source = { actor: SERVICE, requestId: attempt.requestId };
        await this.audit.append(orm, [directoryChanged(source, { ...done, members: ['identity'] })]);
      };
      await this.directory.change(change).catch((error: unknown) => {
        throw directoryProblem(error);
      });
      user = this.users.withIdentity(issuer, subject);
    }
    if (user === undefined) {
      this.audit.later(unknownSignInFailed(this.keyring, attempt, identityKey(issuer, subject)));
      throw failed({ stage: 'user', reason: 'no-active-account', cause: 'unknown' });
    }
    return user;
  }
}

function failed(failure: SignInFailure): SignInProblem {
  return new SignInProblem('bff_invalid_credentials', failure);
}
