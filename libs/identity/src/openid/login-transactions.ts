import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock } from '@bff/config';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type SlidingWindows } from '@bff/state';
import { networkOf } from '../attempt-limits/client-network.js';
import {
  cookieLength,
  expiredLoginCookie,
  type LoginCookie,
  loginCookie,
  loginCookies,
  nameIn,
} from './login-cookies.js';
import { type LoginIntent, type LoginTransaction, transactionOf } from './login-transaction.js';
import { type SealedLogins } from './sealed-logins.js';

/** Maximum duration of a sign-in at a provider (docs/security-requirements.md AUT-05). */
export const LOGIN_LIFETIME_MS = 10 * 60_000;

/** Maximum number of open sign-ins of one browser (docs/security-requirements.md AUT-05). */
const MAX_PER_BROWSER = 5;

/** Maximum number of sign-ins that browsers without a session can begin from one network in ten minutes. */
const MAX_PER_ADDRESS = 200;

/**
 * Maximum number of these sign-ins in ten minutes that are stored here because a long path does not fit in a
 * cookie.
 */
const MAX_LONG_PATHS = 5_000;

/**
 * Maximum length of a login cookie in characters: five of them and the two other cookies stay below 1 KiB
 * (docs/security-requirements.md SES-03).
 */
const MAX_SEALED_COOKIE_LENGTH = 176;

/** The browser that begins a sign-in. */
export interface LoginOrigin {
  /** Its `Cookie` header. */
  readonly cookies: string | undefined;
  /** The client's address. */
  readonly address: string;
  /** The keyed hash of the browser cookie; null if the browser has no session. */
  readonly browser: string | null;
}

const SECRET_BYTES = 20;
const TICKET_BYTES = 32;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/**
 * Holds the open sign-ins, each for one browser, for one use and for ten minutes. A browser has at most five:
 * a new one ends its oldest, and never that of another browser. The sign-ins of a browser without a session
 * are sealed in their cookies, under a limit for its network (docs/security-requirements.md AUT-12).
 */
export class LoginTransactions {
  constructor(
    private readonly store: ExpiringStore<LoginTransaction>,
    private readonly used: ExpiringStore<true>,
    private readonly recentStarts: SlidingWindows,
    private readonly sealed: SealedLogins,
    private readonly clock: Clock,
  ) {}

  /** Creates a sign-in, which no callback can complete before {@link open}. */
  prepare(intent: LoginIntent): LoginTransaction {
    return transactionOf(intent, random(SECRET_BYTES), this.clock());
  }

  /**
   * Binds a sign-in to its browser.
   * @returns the `Set-Cookie` lines for the response
   * @throws Problem `bff_overloaded` with the seconds until its network can begin another one
   */
  async open(transaction: LoginTransaction, origin: LoginOrigin): Promise<readonly string[]> {
    const dropped = await this.endExcessSignIns(origin.cookies);
    const name = nameIn(transaction.state);
    const ticket = await this.ticketFor(name, transaction, origin);
    return [...dropped, loginCookie({ name, ticket }, LOGIN_LIFETIME_MS / 1_000)];
  }

  /**
   * Takes the transaction of a callback, which is possible once.
   * @returns the transaction, undefined if this browser has no such open sign-in; and the `Set-Cookie` lines
   * that expire its cookie in either case
   */
  async take(
    state: string,
    cookies: string | undefined,
  ): Promise<{ readonly transaction: LoginTransaction | undefined; readonly setCookies: readonly string[] }> {
    const name = nameIn(state);
    const cookie = loginCookies(cookies).find((candidate) => candidate.name === name);
    if (cookie === undefined) return { transaction: undefined, setCookies: [] };
    const setCookies = [expiredLoginCookie(name)];
    const found = await this.find(cookie);
    const isTaken = found !== undefined && (await this.end(cookie, found)) && isEqual(found.state, state);
    return { transaction: isTaken ? found : undefined, setCookies };
  }

  /** Returns the remaining milliseconds; a start in the future counts as now. */
  private timeLeft({ startedAt }: LoginTransaction): number {
    return LOGIN_LIFETIME_MS - Math.max(0, this.clock() - startedAt);
  }

  /** Finds the open sign-in of a cookie. */
  private async find(cookie: LoginCookie): Promise<LoginTransaction | undefined> {
    const key = storeKey(cookie.ticket);
    if (!isSealed(cookie)) return this.store.get(key);
    const transaction = this.sealed.open(cookie.name, cookie.ticket);
    const isOpen =
      transaction !== undefined && this.timeLeft(transaction) > 0 && (await this.used.get(key)) === undefined;
    return isOpen ? transaction : undefined;
  }

  /** Ends a sign-in. @returns whether this call ended it, true for exactly one of several concurrent calls */
  private async end(cookie: LoginCookie, { startedAt }: LoginTransaction): Promise<boolean> {
    const key = storeKey(cookie.ticket);
    if (!isSealed(cookie)) return this.store.remove(key);
    // A seal whose start is in the future, because the clock was set back, is valid for that much longer.
    return this.used.create(key, true, LOGIN_LIFETIME_MS + Math.max(0, startedAt - this.clock()));
  }

  /**
   * Ends the oldest sign-ins of a browser, so that it can begin one more, and expires cookies without an open
   * sign-in. The cookie values prove that the sign-ins belong to the browser.
   */
  private async endExcessSignIns(cookies: string | undefined): Promise<readonly string[]> {
    const dropped: string[] = [];
    const open: { readonly cookie: LoginCookie; readonly transaction: LoginTransaction }[] = [];
    for (const cookie of loginCookies(cookies)) {
      const transaction = await this.find(cookie);
      if (transaction === undefined) dropped.push(expiredLoginCookie(cookie.name));
      else open.push({ cookie, transaction });
    }
    open.sort((a, b) => a.transaction.startedAt - b.transaction.startedAt);
    for (const { cookie, transaction } of open.slice(0, Math.max(0, open.length - MAX_PER_BROWSER + 1))) {
      await this.end(cookie, transaction);
      dropped.push(expiredLoginCookie(cookie.name));
    }
    return dropped;
  }

  /**
   * Returns the value for the cookie of a new sign-in. An attacker who knows another user's browser cookie
   * can exhaust that browser's limit; the browser is then treated as one without a session instead of being
   * rejected.
   */
  private async ticketFor(
    name: string,
    transaction: LoginTransaction,
    { browser, address }: LoginOrigin,
  ): Promise<string> {
    if (browser !== null) {
      if ((await this.store.inGroup(browser)).size < MAX_PER_BROWSER)
        return this.storeTransaction({ ...transaction, browser });
    }
    const ofAddress = { key: JSON.stringify(['address', networkOf(address)]), limit: MAX_PER_ADDRESS };
    const taken = await this.recentStarts.take([ofAddress]);
    if (!taken.taken) throw tooManySignIns(taken.freeInMs);
    if (transaction.purpose.kind !== 'sign-in') return this.storeTransaction(transaction);
    const ticket = this.sealed.seal(name, transaction);
    if (cookieLength({ name, ticket }) <= MAX_SEALED_COOKIE_LENGTH) return ticket;
    const hasRoom = (await this.recentStarts.take([{ key: 'long paths', limit: MAX_LONG_PATHS }])).taken;
    // At the limit the sign-in still succeeds, but returns to the start page.
    return hasRoom
      ? this.storeTransaction(transaction)
      : this.sealed.seal(name, { ...transaction, returnTo: '/' });
  }

  private async storeTransaction(transaction: LoginTransaction): Promise<string> {
    const ticket = random(TICKET_BYTES);
    await this.store.create(storeKey(ticket), transaction, this.timeLeft(transaction));
    return ticket;
  }
}

function tooManySignIns(freeInMs: number): Problem {
  return new Problem('bff_overloaded', {
    detail: 'Too many sign-ins at the identity provider were started from your network.',
    resolution: 'Wait for the number of seconds in Retry-After, then start the sign-in again.',
    retryAfter: String(Math.max(1, Math.ceil(freeInMs / 1_000))),
  });
}

function isSealed({ ticket }: LoginCookie): boolean {
  return ticket.includes('.');
}

/** The stores hold only hashes of tickets and seals. */
function storeKey(ticket: string): string {
  return hash('sha256', ticket, 'base64url');
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
