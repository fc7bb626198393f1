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
 * A token is good for so long after it was made, and its `jti` is remembered until then
 * (docs/security-requirements.md SES-21).
 */
const MAX_AGE_MS = 2 * 60_000;

const TOLERANCE_MS = CLOCK_TOLERANCE_SECONDS * 1_000;

/** Whose sessions a provider wants ended: those of one session of its own, or all of a subject's. */
export interface LogoutDemand {
  readonly issuer: string;
  readonly subject: string | null;
  readonly sid: string | null;
}

/** The token of a back-channel logout, judged by every rule of OpenID Connect Back-Channel Logout 1.0 section 2.6. */
export class BackchannelLogout {
  constructor(
    private readonly providers: OpenIdProviders,
    private readonly usedTokens: ExpiringStore<true>,
    /** When what ended was demanded to end: seconds since the epoch, as the tokens say it. */
    private readonly demands: ExpiringStore<number>,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputProblem for a token that demands nothing; Problem when the provider's keys cannot be had */
  async demandOf(token: string, frontend: Frontend): Promise<LogoutDemand> {
    const provider = this.providers.of(frontend);
    const { issuer } = provider.settings;
    const claims = await provider.logoutClaims(token).catch((error: unknown) => {
      if (error instanceof Problem && error.status >= 500) throw error;
      throw refused(error);
    });
    const { sub, jti } = claims;
    const sid = claims['sid'];
    const [subject, session] = [textOrNull(sub), textOrNull(sid)];
    const isSound = isTextOrAbsent(sub) && isTextOrAbsent(sid) && textOrNull(jti) !== null;
    if (!this.isLogout(claims) || !isSound || (subject === null && session === null)) throw refused();
    const key = JSON.stringify([issuer, jti]);
    const isFirst = await this.usedTokens.create(key, true, MAX_AGE_MS + 2 * TOLERANCE_MS);
    if (!isFirst) throw refused();
    const demand = { issuer, subject, sid: session };
    await this.remember(demand, claims.iat ?? 0);
    return demand;
  }

  /**
   * Whether a sign-in was over before it came back: its session at the provider has ended, or everything of its subject.
   * @param issuedAt of its ID token, in seconds. Both times have no fractions: of two within one second either may be the
   * later, and the logout counts.
   */
  async wasDemanded(
    { issuer, subject, sid }: LogoutDemand & { readonly subject: string },
    issuedAt: number,
  ): Promise<boolean> {
    if (sid !== null && (await this.demands.get(keyOf({ issuer, subject, sid }))) !== undefined) return true;
    const demandedAt = await this.demands.get(keyOf({ issuer, subject, sid: null }));
    return demandedAt !== undefined && demandedAt >= issuedAt;
  }

  private async remember(demand: LogoutDemand, demandedAt: number): Promise<void> {
    const key = keyOf(demand);
    // Tokens may arrive in another order than they were issued in.
    const latest = Math.max(demandedAt, (await this.demands.get(key)) ?? 0);
    if (!(await this.demands.replace(key, latest, LOGIN_LIFETIME_MS)))
      await this.demands.create(key, latest, LOGIN_LIFETIME_MS);
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

/** A session of the provider has one subject; a subject may have many. */
function keyOf({ issuer, subject, sid }: LogoutDemand): string {
  return JSON.stringify(sid === null ? [issuer, 'subject', subject] : [issuer, 'session', sid]);
}

function refused(cause?: unknown): InvalidInputProblem {
  return new InvalidInputProblem(
    ['logout_token must be a fresh logout token of this provider, and is good once'],
    cause,
  );
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || textOrNull(value) !== null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
