import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock } from '@bff/config';
import { type ExpiringStore } from '@bff/state';
import { expiredLoginCookie, loginCookie, loginCookies, nameIn } from './login-cookies.js';

/** How long a sign-in at a provider may take (contract.md section 4). */
export const LOGIN_LIFETIME_MS = 10 * 60_000;
const MAX_OPEN = 5;

/** Far above what people behind one address have open at once; it bounds what a stranger without cookies can pile up. */
const MAX_OPEN_FROM_ADDRESS = 200;

/** A session, by its owner and its id. */
export interface SessionReference {
  readonly userId: string;
  readonly sessionId: string;
}

/** What a sign-in is for: a new session, or more powers for the one that asked. */
export type LoginPurpose =
  | { readonly kind: 'sign-in'; readonly replaces: SessionReference | null }
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

/** The browser that a sign-in is for: its `Cookie` header, and the client's address. */
export interface LoginOrigin {
  readonly cookies: string | undefined;
  readonly address: string;
}

const random = (): string => randomBytes(32).toString('base64url');

/** Sign-ins under way: each for one browser, for one use, for ten minutes; so many of a browser and of an address. */
export class LoginTransactions {
  constructor(
    private readonly store: ExpiringStore<LoginTransaction>,
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

  /** Keeps a sign-in for its browser. @returns the cookies that the browser must be given */
  async open(transaction: LoginTransaction, { cookies, address }: LoginOrigin): Promise<readonly string[]> {
    const ticket = random();
    const dropped = await this.makeRoomInBrowser(cookies);
    await this.makeRoomForAddress(address);
    await this.store.create(storeKey(ticket), transaction, this.timeLeft(transaction), address);
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

  /** Tells the other sign-ins of a browser which session it has by now: the last tab that comes back leaves one. */
  async succeeded(frontend: string, cookies: string | undefined, session: SessionReference): Promise<void> {
    for (const { ticket } of loginCookies(cookies)) {
      const key = storeKey(ticket);
      const found = await this.store.get(key);
      if (found?.frontend !== frontend || found.purpose.kind !== 'sign-in') continue;
      const purpose = { kind: 'sign-in', replaces: session } as const;
      await this.store.replace(key, Object.freeze({ ...found, purpose }), this.timeLeft(found));
    }
  }

  /** Milliseconds; a start in the future counts as now. */
  private timeLeft({ startedAt }: LoginTransaction): number {
    return LOGIN_LIFETIME_MS - Math.max(0, this.clock() - startedAt);
  }

  /** Forgets the oldest sign-ins of a browser until there is room for one more, and the cookies of those that are over. */
  private async makeRoomInBrowser(cookies: string | undefined): Promise<readonly string[]> {
    const dropped: string[] = [];
    const open: { readonly name: string; readonly key: string }[] = [];
    for (const { name, ticket } of loginCookies(cookies)) {
      const key = storeKey(ticket);
      if ((await this.store.get(key)) === undefined) dropped.push(expiredLoginCookie(name));
      else open.push({ name, key });
    }
    for (const { name, key } of open.slice(0, Math.max(0, open.length - MAX_OPEN + 1))) {
      await this.store.remove(key);
      dropped.push(expiredLoginCookie(name));
    }
    return dropped;
  }

  /** Forgets the oldest sign-ins from an address until there is room for one more. */
  private async makeRoomForAddress(address: string): Promise<void> {
    const open = await this.store.inGroup(address);
    if (open.size < MAX_OPEN_FROM_ADDRESS) return;
    const oldestFirst = [...open].sort(([, a], [, b]) => a.startedAt - b.startedAt);
    for (const [key] of oldestFirst.slice(0, open.size - MAX_OPEN_FROM_ADDRESS + 1))
      await this.store.remove(key);
  }
}

/** The store never holds a ticket itself. */
function storeKey(ticket: string): string {
  return hash('sha256', ticket, 'base64url');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
