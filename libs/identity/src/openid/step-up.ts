import { Problem } from '@bff/problems';
import { type JWTPayload } from 'jose';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { type LoginPurpose } from './login-transactions.js';

/** Methods that are more than one thing that somebody knows (RFC 8176 section 2). */
const STRONG_METHODS = new Set([
  'mfa',
  'otp',
  'hwk',
  'swk',
  'pop',
  'sc',
  'sms',
  'tel',
  'fpt',
  'face',
  'iris',
  'retina',
  'vbm',
]);

/**
 * Compares what the provider says was proven with what was asked for (RFC 9470 section 5; security-bar.md ELV-02): the same
 * person, the class, a second factor, and all of it between the question and the answer.
 * @throws Problem `bff_elevation_refused`
 */
export function assertElevated(
  { sub, acr, amr, auth_time: authTime }: JWTPayload,
  purpose: Extract<LoginPurpose, { kind: 'elevation' }>,
  startedAt: number,
  now: number,
): void {
  const isProven =
    sub === purpose.subject &&
    acr === purpose.acr &&
    Array.isArray(amr) &&
    amr.every((method) => typeof method === 'string') &&
    amr.some((method) => STRONG_METHODS.has(method)) &&
    typeof authTime === 'number' &&
    authTime * 1_000 >= startedAt - CLOCK_TOLERANCE_SECONDS * 1_000 &&
    authTime * 1_000 <= now + CLOCK_TOLERANCE_SECONDS * 1_000;
  if (isProven) return;
  const detail =
    'The identity provider did not confirm a fresh second factor of the class that was asked for.';
  throw new Problem('bff_elevation_refused', { detail });
}
