import { type Clock } from '@bff/config';
import { type Frontend, type FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { type ExpiringStore, type MaybePromise } from '@bff/state';
import { isAdmin } from '@bff/tenancy';
import { browserIn } from './browser-cookie.js';
import { type Elevations } from './elevations.js';
import { ticketIn } from './session-cookie.js';
import { browserGroup, providerGroup } from './session-groups.js';
import { type SessionTickets } from './session-tickets.js';
import { endsAt, timeLeft, type Session, type SessionRecord } from './session.js';
import { type TicketRotation } from './ticket-rotation.js';

/** Recording an activity may lag by a tenth of the idle time, at most this (docs/contract.md section 4). */
const MAX_LAG_MS = 60_000;

/** Finds the sessions that have not ended. A session belongs to the frontend it began on and is none on any other. */
export class LivingSessions {
  constructor(
    protected readonly store: ExpiringStore<SessionRecord>,
    protected readonly rotation: TicketRotation,
    protected readonly tickets: SessionTickets,
    protected readonly elevations: Elevations,
    protected readonly users: UserDirectory,
    private readonly frontends: FrontendRegistry,
    protected readonly clock: Clock,
  ) {
    elevations.livesWith(async (storeKey) => {
      const record = await this.store.get(storeKey);
      return record !== undefined && (await this.onItsFrontend(storeKey, record)) !== undefined;
    });
  }

  /**
   * Hop 2: the living session of a `Cookie` header.
   * @param passive does not count as activity
   * @throws Problem `bff_session_store_unavailable`
   */
  find(cookies: string | undefined, frontend: Frontend, passive: boolean): MaybePromise<Session | undefined> {
    const ticket = ticketIn(cookies);
    if (ticket === undefined) return undefined;
    const storeKey = this.tickets.storeKey(ticket);
    const record = this.store.get(storeKey);
    return record instanceof Promise
      ? record.then((stored) => this.found(storeKey, stored, frontend, passive))
      : this.found(storeKey, record, frontend, passive);
  }

  /**
   * The session of a request in flight as it is at this moment, without waiting: a request takes effect with the powers
   * of that moment and not with those of its admission.
   * @returns undefined where it has ended
   */
  current({ storeKey, frontend, isRetired }: Session): Session | undefined {
    const key = this.rotation.latest(storeKey);
    const living = this.living(key, this.store.peek(key), frontend);
    if (living === undefined) return undefined;
    // A ticket from before an elevation never gets the powers of the next one
    // (docs/security-requirements.md SES-06).
    if (isRetired) return { ...living, isRetired };
    if (key !== storeKey || !isAdmin(living)) return living;
    return { ...living, elevation: this.elevations.peek(living.user, key) };
  }

  /** A living session by its owner and its id, wherever it began. */
  async named(userId: string, sessionId: string): Promise<Session | undefined> {
    const user = this.users.findActive(userId);
    if (user === undefined) return undefined;
    return (await this.ofUser(user)).find(({ record }) => record.id === sessionId);
  }

  /** The user's own living sessions on every frontend, the youngest first; of one moment, the one stored last. */
  async ofUser(user: User): Promise<readonly Session[]> {
    const sessions = await this.inGroup(user.id);
    return sessions.toReversed().sort((a, b) => b.record.createdAt - a.record.createdAt);
  }

  /** The living sessions that began in one session of a provider. */
  ofProvider(issuer: string, sid: string): Promise<readonly Session[]> {
    return this.inGroup(providerGroup(issuer, sid));
  }

  /** The keyed hash of the browser that a request comes from, where it has a living session on this frontend. */
  async knownBrowser(cookies: string | undefined, frontend: Frontend): Promise<string | null> {
    const [session] = await this.presented(cookies, frontend);
    return session?.record.browser ?? null;
  }

  /** The living sessions on a frontend of the browser that sends these cookies, by either of them. */
  protected async presented(cookies: string | undefined, frontend: Frontend): Promise<readonly Session[]> {
    const byTicket = await this.find(cookies, frontend, true);
    const browser = browserIn(cookies);
    const byBrowser =
      browser === undefined ? [] : await this.ofBrowser(this.tickets.browserKey(browser), frontend);
    return byTicket === undefined ? byBrowser : [byTicket, ...byBrowser];
  }

  protected async ofBrowser(browser: string, frontend: Frontend): Promise<readonly Session[]> {
    const sessions = await this.inGroup(browserGroup(browser));
    return sessions.filter(({ record }) => record.frontend === frontend.name);
  }

  private async inGroup(group: string): Promise<readonly Session[]> {
    const sessions: Session[] = [];
    for (const [storeKey, record] of await this.store.inGroup(group)) {
      const session = await this.onItsFrontend(storeKey, record);
      if (session !== undefined) sessions.push(session);
    }
    return sessions;
  }

  /** A session wherever it began, found without its browser. */
  private onItsFrontend(storeKey: string, record: SessionRecord): MaybePromise<Session | undefined> {
    const frontend = this.frontends.named(record.frontend);
    return frontend === undefined ? undefined : this.revive(storeKey, record, frontend, true);
  }

  private found(
    storeKey: string,
    record: SessionRecord | undefined,
    frontend: Frontend,
    passive: boolean,
  ): MaybePromise<Session | undefined> {
    return record === undefined
      ? this.followed(storeKey, frontend, passive)
      : this.revive(storeKey, record, frontend, passive);
  }

  /** One hop, and no further: who holds a ticket from before that one has none. */
  private followed(
    storeKey: string,
    frontend: Frontend,
    passive: boolean,
  ): MaybePromise<Session | undefined> {
    return after(this.rotation.successorOf(storeKey), (successor) => {
      if (successor === undefined) return undefined;
      return after(this.store.get(successor), (record) =>
        after(this.revive(successor, record, frontend, passive), (session) =>
          session === undefined ? undefined : { ...session, elevation: null, isRetired: true },
        ),
      );
    });
  }

  private revive(
    storeKey: string,
    stored: SessionRecord | undefined,
    frontend: Frontend,
    passive: boolean,
  ): MaybePromise<Session | undefined> {
    const living = this.living(storeKey, stored, frontend);
    if (living === undefined) return undefined;
    const session = passive ? living : this.active(living, stored);
    if (!isAdmin(session)) return session;
    return after(this.elevations.of(session.user, storeKey), (elevation): Session => ({
      ...session,
      elevation,
    }));
  }

  /** A session that has not ended, without its elevation. */
  private living(
    storeKey: string,
    stored: SessionRecord | undefined,
    frontend: Frontend,
  ): Session | undefined {
    if (stored === undefined || stored.frontend !== frontend.name) return undefined;
    const now = this.clock();
    const record = notAfter(now, stored);
    if (endsAt(record, frontend).idle <= now) return undefined;
    const user = this.users.findActive(record.userId);
    if (user === undefined || user.sessionsVersion !== record.sessionsVersion) return undefined;
    // At a partner's provider nobody is an admin, nor becomes one (docs/security-requirements.md ELV-09).
    if (record.provider !== null && user.role === 'admin' && frontend.class === 'partner') return undefined;
    return { storeKey, record, user, frontend, elevation: null, isRetired: false };
  }

  /** The session after an activity, which is recorded where the record lags too far behind. */
  private active(session: Session, stored: SessionRecord | undefined): Session {
    const { storeKey, record, frontend } = session;
    const now = this.clock();
    const isLagging = record !== stored || now - record.seenAt >= Math.min(frontend.idleMs / 10, MAX_LAG_MS);
    return isLagging
      ? { ...session, record: this.recordActivity(storeKey, { ...record, seenAt: now }, frontend) }
      : session;
  }

  /** Nobody waits for it; a store that fails now fails the next request, which does wait. */
  private recordActivity(storeKey: string, record: SessionRecord, frontend: Frontend): SessionRecord {
    const written = this.store.replace(
      storeKey,
      Object.freeze(record),
      timeLeft(record, frontend, this.clock()),
    );
    if (written instanceof Promise) written.catch(() => undefined);
    return record;
  }
}

/** A session whose times lie in the future was stored before the wall clock stepped back: they count as now. */
function notAfter(now: number, record: SessionRecord): SessionRecord {
  if (record.createdAt <= now && record.seenAt <= now) return record;
  return { ...record, createdAt: Math.min(record.createdAt, now), seenAt: Math.min(record.seenAt, now) };
}

/** What follows a value that may have to be waited for. */
function after<Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
