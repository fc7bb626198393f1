import { Secret, TOTP } from 'otpauth';
import { type Answer, type Browser } from './browser.js';
import { type Bff } from './start-bff.js';
import { the } from './the.js';

/** A code is accepted once, so the clock advances by a step before each elevation. */
const STEP_MS = 30_000;

export const REASON = 'Ticket 4711: stuck in review';

/** The one-time code of a second factor, optionally a number of steps away from now. */
export function codeAt(now: number, steps = 0, secret: string = the.admin.totpSecret): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now + steps * STEP_MS });
}

export interface ElevationRequest {
  readonly tenantId?: string;
  readonly reason?: string;
}

/** Requests an elevation with an unused code. */
export function askElevation(bff: Bff, browser: Browser, wish: ElevationRequest = {}): Promise<Answer> {
  bff.turnClock(STEP_MS);
  return browser.post('/session/elevation', { code: codeAt(bff.now()), reason: REASON, ...wish });
}

/** An admin on the admin frontend, elevated for a tenant or, if none is given, for administration. */
export async function elevatedAdmin(bff: Bff, wish: ElevationRequest = {}): Promise<Browser> {
  const browser = await bff.signedIn(the.admin, 'admin');
  const answer = await askElevation(bff, browser, wish);
  if (answer.status !== 200) throw new Error(`Not elevated: ${answer.status} ${answer.text}`);
  return browser;
}
