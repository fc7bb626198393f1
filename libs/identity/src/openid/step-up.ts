import { type JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { SignInProblem } from './sign-in-problem.js';

const TOLERANCE_MS = CLOCK_TOLERANCE_SECONDS * 1_000;

/** What a step-up must prove. */
export interface StepUpNeed {
  readonly subject: string;
  readonly acr: string;
  /** Authentication methods of which one must have been used; null: any. */
  readonly amr: readonly string[] | null;
  /** When it was asked for, milliseconds since the epoch. */
  readonly startedAt: number;
}

/**
 * Compares what the provider says was proven with what was asked for (RFC 9470 section 5;
 * docs/security-requirements.md ELV-02): the same person, the class, a method where the configuration lists
 * methods, and all of it between the question and the answer.
 * @param now milliseconds since the epoch
 * @throws Problem `bff_elevation_refused`
 */
export function assertElevated(claims: JWTPayload, need: StepUpNeed, now: number): void {
  const claim = unprovenClaim(claims, need, now);
  if (claim === null) return;
  const reason = claims[claim] === undefined ? 'claim-missing' : 'claim-mismatch';
  throw new SignInProblem('bff_elevation_refused', { stage: 'step-up', reason, claim });
}

/** The first claim that does not say what it must. */
function unprovenClaim(
  { sub, acr, amr, auth_time: authTime }: JWTPayload,
  need: StepUpNeed,
  now: number,
): 'sub' | 'acr' | 'amr' | 'auth_time' | null {
  if (sub !== need.subject) return 'sub';
  if (acr !== need.acr) return 'acr';
  if (need.amr !== null && !(Array.isArray(amr) && need.amr.some((method) => amr.includes(method))))
    return 'amr';
  const isFresh =
    typeof authTime === 'number' &&
    authTime * 1_000 >= need.startedAt - TOLERANCE_MS &&
    authTime * 1_000 <= now + TOLERANCE_MS;
  return isFresh ? null : 'auth_time';
}
