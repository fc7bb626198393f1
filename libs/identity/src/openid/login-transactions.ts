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

/** How long a sign-in at a provider may take (docs/security-requirements.md AUT-05). */
export const LOGIN_LIFETIME_MS = 10 * 60_000;

/** Open sign-ins of one browser (docs/security-requirements.md AUT-05). */
const MAX_OF_BROWSER = 5;

/** Sign-ins that browsers without a session may begin from one address in ten minutes: far more than people behind one need. */
const MAX_OF_ADDRESS = 200;

/** Sign-ins of such browsers, begun in ten minutes, that are kept here because their paths are too long for a cookie. */
const MAX_LONG_PATHS = 5_000;

/**
 * Characters of a cookie: five of them and the two other cookies stay below 1 KiB
 * (docs/security-requirements.md SES-03).
 */
const MAX_SEALED_COOKIE = 176;

/** The browser that a sign-in is for. */
export interface LoginOrigin {
  /** Its `Cookie` header. */
  readonly cookies: string | undefined;
  /** The client's address. */
  readonly address: string;
  /** What names a browser that has a session; null for any other. */
  readonly browser: string | null;
}

const SECRET_BYTES = 20;
const TICKET_BYTES = 32;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/**
 * Open sign-ins: each for one browser, for one use, for ten minutes. A browser has at most five; its oldest
 * are dropped for new ones, and those of other browsers are never removed. A browser without a session keeps
 * its sign-ins itself, sealed in their cookies, and shares a limit with its address alone
 * (docs/security-requirements.md AUT-12).
 */
export class LoginTransactions {
  constructor(
    private readonly store: ExpiringStore<LoginTransaction>,
    private readonly used: ExpiringStore<true>,
    private readonly begun: SlidingWindows,
    private readonly sealed: SealedLogins,
    private readonly clock: Clock,
  ) {}

  /** A sign-in that nobody can come back to before it is {@link open}. */
  prepare(intent: LoginIntent): LoginTransaction {
    return transactionOf(intent, random(SECRET_BYTES), this.clock());
  }

  /**
   * Binds a sign-in to its browser.
   * @returns the cookies that the browser must be given
   * @throws Problem `bff_overloaded` with the seconds until its address may begin another one
   */
  async open(transaction: LoginTransaction, origin: LoginOrigin): Promise<readonly string[]> {
    const dropped = await this.makeRoomInBrowser(origin.cookies);
    const name = nameIn(transaction.state);
    const ticket = await this.ticketFor(name, transaction, origin);
    return [...dropped, loginCookie({ name, ticket }, LOGIN_LIFETIME_MS / 1_000)];
  }

  /**
   * Takes the transaction of a callback: the second to ask for it finds none.
   * @returns undefined where this browser began no such sign-in; and the cookies to take away, whatever comes of it
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
    const isAnswered = found !== undefined && (await this.end(cookie, found)) && isSame(found.state, state);
    return { transaction: isAnswered ? found : undefined, setCookies };
  }

  /** Milliseconds; a start in the future counts as now. */
  private timeLeft({ startedAt }: LoginTransaction): number {
    return LOGIN_LIFETIME_MS - Math.max(0, this.clock() - startedAt);
  }

  /** The open sign-in of a cookie. */
  private async find(cookie: LoginCookie): Promise<LoginTransaction | undefined> {
    const key = storeKey(cookie.ticket);
    if (!isSealed(cookie)) return this.store.get(key);
    const transaction = this.sealed.open(cookie.name, cookie.ticket);
    const isOpen =
      transaction !== undefined && this.timeLeft(transaction) > 0 && (await this.used.get(key)) === undefined;
    return isOpen ? transaction : undefined;
  }

  /** Ends a sign-in, and says whether this call did; of several at once exactly one does. */
  private async end(cookie: LoginCookie, { startedAt }: LoginTransaction): Promise<boolean> {
    const key = storeKey(cookie.ticket);
    if (!isSealed(cookie)) return this.store.remove(key);
    // A seal whose start is in the future, by a clock that was set back, opens for as much longer.
    return this.used.create(key, true, LOGIN_LIFETIME_MS + Math.max(0, startedAt - this.clock()));
  }

  /**
   * Ends the oldest sign-ins of a browser until there is room for one more, and expires the cookies of those that are over. The
   * values of its login cookies prove that they are its own.
   */
  private async makeRoomInBrowser(cookies: string | undefined): Promise<readonly string[]> {
    const dropped: string[] = [];
    const open: { readonly cookie: LoginCookie; readonly transaction: LoginTransaction }[] = [];
    for (const cookie of loginCookies(cookies)) {
      const transaction = await this.find(cookie);
      if (transaction === undefined) dropped.push(expiredLoginCookie(cookie.name));
      else open.push({ cookie, transaction });
    }
    open.sort((a, b) => a.transaction.startedAt - b.transaction.startedAt);
    for (const { cookie, transaction } of open.slice(0, Math.max(0, open.length - MAX_OF_BROWSER + 1))) {
      await this.end(cookie, transaction);
      dropped.push(expiredLoginCookie(cookie.name));
    }
    return dropped;
  }

  /**
   * What the cookie of a new sign-in holds. Knowing the browser cookie of somebody else, but not their login cookies, is enough
   * to fill their group: the owner then counts as a browser without a session, and is not refused for it.
   */
  private async ticketFor(
    name: string,
    transaction: LoginTransaction,
    { browser, address }: LoginOrigin,
  ): Promise<string> {
    if (browser !== null) {
      const group = JSON.stringify(['browser', browser]);
      if ((await this.store.inGroup(group)).size < MAX_OF_BROWSER) return this.keep(transaction, group);
    }
    const ofAddress = { key: JSON.stringify(['address', networkOf(address)]), limit: MAX_OF_ADDRESS };
    const taken = await this.begun.take([ofAddress]);
    if (!taken.taken) throw full(taken.freeInMs);
    if (transaction.purpose.kind !== 'sign-in') return this.keep(transaction);
    const ticket = this.sealed.seal(name, transaction);
    if (cookieLength({ name, ticket }) <= MAX_SEALED_COOKIE) return ticket;
    const hasRoom = (await this.begun.take([{ key: 'long paths', limit: MAX_LONG_PATHS }])).taken;
    // Without room the sign-in still succeeds, and leads to the start page.
    return hasRoom ? this.keep(transaction) : this.sealed.seal(name, { ...transaction, returnTo: '/' });
  }

  private async keep(transaction: LoginTransaction, ...groups: readonly string[]): Promise<string> {
    const ticket = random(TICKET_BYTES);
    await this.store.create(storeKey(ticket), transaction, this.timeLeft(transaction), ...groups);
    return ticket;
  }
}

function full(freeInMs: number): Problem {
  return new Problem('bff_overloaded', {
    detail: 'Too many sign-ins at the identity provider were begun from your network.',
    resolution: 'Wait as long as Retry-After says, then start the sign-in again.',
    retryAfter: String(Math.max(1, Math.ceil(freeInMs / 1_000))),
  });
}

function isSealed({ ticket }: LoginCookie): boolean {
  return ticket.includes('.');
}

/** The stores never hold a ticket or a seal themselves. */
function storeKey(ticket: string): string {
  return hash('sha256', ticket, 'base64url');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
