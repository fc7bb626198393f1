import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock } from '@bff/config';
import { type ExpiringStore } from '@bff/state';
import { expiredLoginCookie, loginCookie, loginCookies, nameIn } from './login-cookies.js';

/** How long a sign-in at a provider may take (contract.md section 4). */
const LIFETIME_MS = 10 * 60_000;
const MAX_OPEN = 5;

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

const random = (): string => randomBytes(32).toString('base64url');

/** Sign-ins under way: each for one browser, for one use, for ten minutes, and five of a browser at most. */
export class LoginTransactions {
  constructor(
    private readonly store: ExpiringStore<LoginTransaction>,
    private readonly clock: Clock,
  ) {}

  /** @returns the transaction, and the cookies that the browser must be given */
  async begin(
    intent: LoginIntent,
    cookies: string | undefined,
  ): Promise<{ readonly transaction: LoginTransaction; readonly setCookies: readonly string[] }> {
    const now = this.clock();
    const ticket = random();
    const transaction: LoginTransaction = Object.freeze({
      ...intent,
      state: random(),
      nonce: random(),
      codeVerifier: random(),
      startedAt: now,
    });
    const dropped = await this.makeRoom(cookies);
    await this.store.create(storeKey(ticket), transaction, now + LIFETIME_MS);
    const own = loginCookie({ name: nameIn(transaction.state), ticket }, LIFETIME_MS / 1_000);
    return { transaction, setCookies: [...dropped, own] };
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
    if (found === undefined || !isSame(found.state, state)) return { transaction: undefined, setCookies };
    const isFirst = await this.store.remove(key);
    return { transaction: isFirst ? found : undefined, setCookies };
  }

  /** Forgets the oldest sign-ins of a browser until there is room for one more, and the cookies of those that are over. */
  private async makeRoom(cookies: string | undefined): Promise<readonly string[]> {
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
}

/** The store never holds a ticket itself. */
function storeKey(ticket: string): string {
  return hash('sha256', ticket, 'base64url');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
