import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock } from '@bff/config';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type SlidingWindows } from '@bff/state';
import { networkOf } from '../client-network.js';
import { expiredLoginCookie, loginCookie, loginCookies, nameIn } from './login-cookies.js';

/** How long a sign-in at a provider may take (contract.md section 4). */
export const LOGIN_LIFETIME_MS = 10 * 60_000;

/** Open sign-ins of one browser (security-bar.md AUT-05). */
const MAX_OF_BROWSER = 5;

/** Open sign-ins from one address of browsers that have no session: far more than people behind one address need. */
const MAX_OF_ADDRESS = 200;

/** Sign-ins that such browsers may begin within their lifetime, over all addresses: about 40 MB when all stay open. */
export const MAX_OF_STRANGERS = 20_000;

/** A session, by its owner and its id. */
export interface SessionReference {
  readonly userId: string;
  readonly sessionId: string;
}

/** What a sign-in is for: a new session, or more powers for the one that asked. */
export type LoginPurpose =
  | { readonly kind: 'sign-in' }
  | {
      readonly kind: 'elevation';
      readonly session: SessionReference;
      readonly subject: string;
      readonly acr: string;
      readonly tenantId: string | null;
      readonly tenantRecordId: string | null;
      readonly reason: string;
    };

/** A sign-in under way, kept here and named by a cookie of the browser that began it. */
export interface LoginTransaction {
  readonly frontend: string;
  readonly purpose: LoginPurpose;
  /** A local path. */
  readonly returnTo: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly startedAt: number;
}

export type LoginIntent = Pick<LoginTransaction, 'frontend' | 'purpose' | 'returnTo'>;

/** The browser that a sign-in is for. */
export interface LoginOrigin {
  /** Its `Cookie` header. */
  readonly cookies: string | undefined;
  /** The client's address. */
  readonly address: string;
  /** What names a browser that has a session; null for any other. */
  readonly browser: string | null;
}

const random = (): string => randomBytes(32).toString('base64url');

/**
 * Open sign-ins: each for one browser, for one use, for ten minutes. A browser has room for five, and its oldest make way for
 * new ones; nobody else's are ever removed. Browsers that have no session share the room of their address and of all strangers:
 * where that is full, a new sign-in is refused (security-bar.md AUT-12).
 */
export class LoginTransactions {
  constructor(
    private readonly store: ExpiringStore<LoginTransaction>,
    private readonly begun: SlidingWindows,
    private readonly clock: Clock,
  ) {}

  /** A sign-in that nobody can come back to before it is {@link open}. */
  prepare(intent: LoginIntent): LoginTransaction {
    return Object.freeze({
      ...intent,
      state: random(),
      nonce: random(),
      codeVerifier: random(),
      startedAt: this.clock(),
    });
  }

  /**
   * Keeps a sign-in for its browser.
   * @returns the cookies that the browser must be given
   * @throws Problem `bff_overloaded` with the seconds until there is room
   */
  async open(transaction: LoginTransaction, origin: LoginOrigin): Promise<readonly string[]> {
    const ticket = random();
    const dropped = await this.makeRoomInBrowser(origin.cookies);
    const group = await this.roomFor(origin);
    await this.store.create(storeKey(ticket), transaction, this.timeLeft(transaction), group);
    return [...dropped, loginCookie({ name: nameIn(transaction.state), ticket }, LOGIN_LIFETIME_MS / 1_000)];
  }

  /**
   * Takes the transaction of a callback: whoever comes second finds none.
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
    const key = storeKey(cookie.ticket);
    const found = await this.store.get(key);
    const isFirst = await this.store.remove(key);
    const isAnswered = found !== undefined && isFirst && isSame(found.state, state);
    return { transaction: isAnswered ? found : undefined, setCookies };
  }

  /** Milliseconds; a start in the future counts as now. */
  private timeLeft({ startedAt }: LoginTransaction): number {
    return LOGIN_LIFETIME_MS - Math.max(0, this.clock() - startedAt);
  }

  /**
   * Forgets the oldest sign-ins of a browser until there is room for one more, and the cookies of those that are over. The
   * tickets in its login cookies prove that they are its own.
   */
  private async makeRoomInBrowser(cookies: string | undefined): Promise<readonly string[]> {
    const dropped: string[] = [];
    const open: { readonly name: string; readonly key: string }[] = [];
    for (const { name, ticket } of loginCookies(cookies)) {
      const key = storeKey(ticket);
      if ((await this.store.get(key)) === undefined) dropped.push(expiredLoginCookie(name));
      else open.push({ name, key });
    }
    for (const { name, key } of open.slice(0, Math.max(0, open.length - MAX_OF_BROWSER + 1))) {
      await this.store.remove(key);
      dropped.push(expiredLoginCookie(name));
    }
    return dropped;
  }

  /**
   * The group that a new sign-in counts in. Whoever knows the browser cookie of somebody else, but not their login cookies, can
   * fill that group: the owner then counts as a stranger, and is not refused for it.
   */
  private async roomFor({ browser, address }: LoginOrigin): Promise<string> {
    if (browser !== null) {
      const group = JSON.stringify(['browser', browser]);
      if ((await this.store.inGroup(group)).size < MAX_OF_BROWSER) return group;
    }
    const group = JSON.stringify(['address', networkOf(address)]);
    const open = [...(await this.store.inGroup(group)).values()];
    if (open.length >= MAX_OF_ADDRESS) throw full(Math.min(...open.map((one) => this.timeLeft(one))));
    const taken = await this.begun.take([{ key: 'strangers', limit: MAX_OF_STRANGERS }]);
    if (!taken.taken) throw full(taken.freeInMs);
    return group;
  }
}

function full(freeInMs: number): Problem {
  return new Problem('bff_overloaded', {
    detail: 'Too many sign-ins at the identity provider are open.',
    resolution: 'Finish a sign-in that is open, or wait as long as Retry-After says.',
    retryAfter: String(Math.max(1, Math.ceil(freeInMs / 1_000))),
  });
}

/** The store never holds a ticket itself. */
function storeKey(ticket: string): string {
  return hash('sha256', ticket, 'base64url');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
