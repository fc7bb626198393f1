import { type JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { SignInProblem } from './sign-in-problem.js';

const TOLERANCE_MS = CLOCK_TOLERANCE_SECONDS * 1_000;

/** The requirements that the claims of a step-up must meet. */
export interface StepUpRequirements {
  readonly subject: string;
  readonly acr: string;
  /** Authentication methods of which at least one must have been used; null for any. */
  readonly amr: readonly string[] | null;
  /** When the step-up was requested, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/**
 * Compares the claims of a step-up with its requirements (RFC 9470 section 5;
 * docs/security-requirements.md ELV-02): the same subject, the requested class, a configured method, and an
 * authentication time between request and response.
 * @param now milliseconds since the epoch
 * @throws Problem `bff_elevation_refused`
 */
export function assertElevated(claims: JWTPayload, required: StepUpRequirements, now: number): void {
  const claim = findFailedClaim(claims, required, now);
  if (claim === null) return;
  const reason = claims[claim] === undefined ? 'claim-missing' : 'claim-mismatch';
  throw new SignInProblem('bff_elevation_refused', { stage: 'step-up', reason, claim });
}

/** Returns the first claim that does not meet the requirements. */
function findFailedClaim(
  { sub, acr, amr, auth_time: authTime }: JWTPayload,
  required: StepUpRequirements,
  now: number,
): 'sub' | 'acr' | 'amr' | 'auth_time' | null {
  if (sub !== required.subject) return 'sub';
  if (acr !== required.acr) return 'acr';
  if (required.amr !== null && !(Array.isArray(amr) && required.amr.some((method) => amr.includes(method))))
    return 'amr';
  const isFresh =
    typeof authTime === 'number' &&
    authTime * 1_000 >= required.startedAt - TOLERANCE_MS &&
    authTime * 1_000 <= now + TOLERANCE_MS;
  return isFresh ? null : 'auth_time';
}
