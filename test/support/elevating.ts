import { Secret, TOTP } from 'otpauth';
import { type Answer, type Browser } from './browser.js';
import { type Bff } from './start-bff.js';
import { the } from './the.js';

/** Codes count once: between two elevations the clock goes on by a step. */
const STEP_MS = 30_000;

export const REASON = 'Ticket 4711: stuck in review';

/** The code of a second factor, now or so many steps away. */
export function codeAt(now: number, steps = 0, secret: string = the.admin.totpSecret): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now + steps * STEP_MS });
}

export interface ElevationWish {
  readonly tenantId?: string;
  readonly reason?: string;
}

/** Asks for an elevation with a code that was not used yet. */
export function askElevation(bff: Bff, browser: Browser, wish: ElevationWish = {}): Promise<Answer> {
  bff.turnClock(STEP_MS);
  return browser.post('/session/elevation', { code: codeAt(bff.now()), reason: REASON, ...wish });
}

/** An admin on the admin frontend, elevated for a tenant or, where none is named, for administration. */
export async function elevatedAdmin(bff: Bff, wish: ElevationWish = {}): Promise<Browser> {
  const browser = await bff.signedIn(the.admin, 'admin');
  const answer = await askElevation(bff, browser, wish);
  if (answer.status !== 200) throw new Error(`Not elevated: ${answer.status} ${answer.text}`);
  return browser;
}
