import { type Clock } from '@bff/config';
import { type Frontend } from '@bff/frontends';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type ExpiringStore } from '@bff/state';
import { type JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { LOGIN_LIFETIME_MS } from './login-transactions.js';
import { type OpenIdProviders } from './open-id-providers.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Maximum age of a logout token, whose `jti` is stored until the token expires
 * (docs/security-requirements.md SES-21).
 */
const MAX_AGE_MS = 2 * 60_000;

const TOLERANCE_MS = CLOCK_TOLERANCE_SECONDS * 1_000;

/** A provider's request to end the sessions of one provider session, or all sessions of a subject. */
export interface LogoutDemand {
  readonly issuer: string;
  readonly subject: string | null;
  readonly sid: string | null;
}

/** Validates logout tokens as specified by OpenID Connect Back-Channel Logout 1.0 section 2.6. */
export class BackchannelLogout {
  constructor(
    private readonly providers: OpenIdProviders,
    private readonly usedTokens: ExpiringStore<true>,
    /** Latest `iat` of the logout tokens, in seconds since the epoch, by provider session or subject. */
    private readonly logouts: ExpiringStore<number>,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputProblem for an invalid token; Problem if the provider's keys are unavailable */
  async demandOf(token: string, frontend: Frontend): Promise<LogoutDemand> {
    const provider = this.providers.of(frontend);
    const { issuer } = provider.settings;
    const claims = await provider.logoutClaims(token).catch((error: unknown) => {
      if (error instanceof Problem && error.status >= 500) throw error;
      throw invalidLogoutToken(error);
    });
    const { sub, jti } = claims;
    const sid = claims['sid'];
    const [subject, session] = [textOrNull(sub), textOrNull(sid)];
    const hasValidClaims = isTextOrAbsent(sub) && isTextOrAbsent(sid) && textOrNull(jti) !== null;
    if (!this.isLogout(claims) || !hasValidClaims || (subject === null && session === null))
      throw invalidLogoutToken();
    const key = JSON.stringify([issuer, jti]);
    const isFirst = await this.usedTokens.create(key, true, MAX_AGE_MS + 2 * TOLERANCE_MS);
    if (!isFirst) throw invalidLogoutToken();
    const demand = { issuer, subject, sid: session };
    await this.recordLogout(demand, claims.iat ?? 0);
    return demand;
  }

  /**
   * Whether the provider logged out a sign-in before it completed, by its provider session or by its subject.
   * @param issuedAt `iat` of the ID token, in seconds since the epoch. Within the same second the order is
   * unknown and the logout takes precedence.
   */
  async wasDemanded(
    { issuer, subject, sid }: LogoutDemand & { readonly subject: string },
    issuedAt: number,
  ): Promise<boolean> {
    if (sid !== null && (await this.logouts.get(keyOf({ issuer, subject, sid }))) !== undefined) return true;
    const demandedAt = await this.logouts.get(keyOf({ issuer, subject, sid: null }));
    return demandedAt !== undefined && demandedAt >= issuedAt;
  }

  private async recordLogout(demand: LogoutDemand, demandedAt: number): Promise<void> {
    const key = keyOf(demand);
    // Tokens may arrive out of order.
    const update = (): Promise<boolean> =>
      this.logouts.update(key, (earlier) => ({
        value: Math.max(demandedAt, earlier),
        lifetimeMs: LOGIN_LIFETIME_MS,
      }));
    while (!(await update()) && !(await this.logouts.create(key, demandedAt, LOGIN_LIFETIME_MS)));
  }

  private isLogout(claims: JWTPayload): boolean {
    const { iat = 0, exp } = claims;
    const { events } = claims as { readonly events?: Readonly<Record<string, unknown>> };
    const age = this.clock() - iat * 1_000;
    return (
      typeof events === 'object' &&
      events !== null &&
      typeof events[EVENT] === 'object' &&
      events[EVENT] !== null &&
      !Array.isArray(events[EVENT]) &&
      !('nonce' in claims) &&
      exp !== undefined &&
      age <= MAX_AGE_MS + TOLERANCE_MS &&
      age >= -TOLERANCE_MS
    );
  }
}

/** A provider session has one subject, so its key omits the subject. */
function keyOf({ issuer, subject, sid }: LogoutDemand): string {
  return JSON.stringify(sid === null ? [issuer, 'subject', subject] : [issuer, 'session', sid]);
}

function invalidLogoutToken(cause?: unknown): InvalidInputProblem {
  return new InvalidInputProblem(
    ['logout_token must be a recent, unused logout token of this provider'],
    cause,
  );
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || textOrNull(value) !== null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
