import { type Clock } from '@bff/config';
import { type Frontend, type FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { type ExpiringStore, NotInMemoryError, type Replacement } from '@bff/state';
import { isAdmin } from '@bff/tenancy';
import { browserIn } from './browser-cookie.js';
import { type Elevations } from './elevations.js';
import { ticketIn } from './session-cookie.js';
import { browserGroup, providerGroup } from './session-storage.js';
import { type SessionTickets } from './session-tickets.js';
import { endsAt, timeLeft, type Session, type SessionRecord } from './session.js';
import { type TicketRotation } from './ticket-rotation.js';

/**
 * Maximum lag of the recorded activity, which is otherwise a tenth of the idle time
 * (docs/contract.md section 4).
 */
const MAX_LAG_MS = 60_000;

/**
 * Accepted difference between the clocks of nodes (docs/security-requirements.md RES-15); times that are further in the
 * future were stored before the wall clock stepped back.
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** Finds live sessions. A session is valid only on the frontend that it began on. */
export class SessionLookup {
  /** Store keys of the sessions whose activity this node is recording. */
  private readonly recording = new Set<string>();

  constructor(
    protected readonly store: ExpiringStore<SessionRecord>,
    protected readonly rotation: TicketRotation,
    protected readonly tickets: SessionTickets,
    protected readonly elevations: Elevations,
    protected readonly users: UserDirectory,
    private readonly frontends: FrontendRegistry,
    protected readonly clock: Clock,
  ) {
    elevations.useLivenessCheck(async (storeKey) => {
      const record = await this.store.get(storeKey);
      return record !== undefined && (await this.onItsFrontend(storeKey, record)) !== undefined;
    });
  }

  /**
   * Hop 2, for nearly every request: finds the live session of a `Cookie` header in this node's memory, without waiting.
   * @param passive whether the request does not count as activity
   * @returns undefined if only {@link find} can tell
   */
  findInMemory(cookies: string | undefined, frontend: Frontend, passive: boolean): Session | undefined {
    const ticket = ticketIn(cookies);
    if (ticket === undefined) return undefined;
    const [storeKey = ''] = this.tickets.storeKeys(ticket);
    try {
      const stored = this.store.peek(storeKey);
      const live = this.liveSession(storeKey, stored, frontend);
      if (live === undefined) return undefined;
      const session = isAdmin(live)
        ? { ...live, elevation: this.elevations.peek(live.user, storeKey) }
        : live;
      return passive ? session : this.withActivity(session, stored);
    } catch (error) {
      if (error instanceof NotInMemoryError) return undefined;
      throw error;
    }
  }

  /**
   * Hop 2: finds the live session of a `Cookie` header.
   * @param passive whether the request does not count as activity
   * @throws Problem `bff_session_store_unavailable`
   */
  async find(
    cookies: string | undefined,
    frontend: Frontend,
    passive: boolean,
  ): Promise<Session | undefined> {
    const ticket = ticketIn(cookies);
    if (ticket === undefined) return undefined;
    for (const storeKey of this.tickets.storeKeys(ticket)) {
      const record = await this.store.get(storeKey);
      const session =
        record === undefined
          ? await this.findRetired(storeKey, frontend, passive)
          : await this.resolve(storeKey, record, frontend, passive);
      if (session === undefined) continue;
      this.tickets.isStoredUnder(ticket, storeKey);
      return session;
    }
    return undefined;
  }

  /**
   * Returns the current state of the session of an in-flight request, without waiting: a request takes effect
   * with the session's current access and not with that of its admission.
   * @returns undefined if the session has ended
   * @throws NotInMemoryError if only {@link refresh} can tell
   */
  current({ storeKey, frontend, isRetired }: Session): Session | undefined {
    let key = storeKey;
    let record = this.store.peek(key);
    while (record === undefined) {
      const successor = this.rotation.peekSuccessor(key);
      if (successor === undefined) return undefined;
      key = successor;
      record = this.store.peek(key);
    }
    const live = this.liveSession(key, record, frontend);
    if (live === undefined) return undefined;
    // A ticket issued before an elevation never carries that elevation
    // (docs/security-requirements.md SES-06).
    if (isRetired) return { ...live, isRetired };
    if (key !== storeKey || !isAdmin(live)) return live;
    return { ...live, elevation: this.elevations.peek(live.user, key) };
  }

  /**
   * Finds the session of an in-flight request again, so that {@link current} knows it.
   * @returns undefined if the session has ended
   */
  async refresh(session: Session): Promise<Session | undefined> {
    const { storeKey, frontend } = session;
    const record = await this.store.get(storeKey);
    if (record !== undefined) {
      const found = await this.resolve(storeKey, record, frontend, true);
      return session.isRetired && found !== undefined ? retired(found) : found;
    }
    const successor = await this.rotation.successorInFlight(storeKey);
    if (successor === undefined) return undefined;
    const found = await this.refresh({ ...session, storeKey: successor });
    return found === undefined ? undefined : retired(found);
  }

  /** Finds a live session by its owner and its id, on any frontend. */
  async named(userId: string, sessionId: string): Promise<Session | undefined> {
    const user = this.users.findActive(userId);
    if (user === undefined) return undefined;
    return (await this.ofUser(user)).find(({ record }) => record.id === sessionId);
  }

  /**
   * Lists the user's live sessions on all frontends, newest first; of the same millisecond, last stored
   * first.
   */
  async ofUser(user: User): Promise<readonly Session[]> {
    const sessions = await this.inGroup(user.id);
    return sessions.toReversed().sort((a, b) => b.record.createdAt - a.record.createdAt);
  }

  /** Lists the live sessions that began in one session of a provider. */
  ofProvider(issuer: string, sid: string): Promise<readonly Session[]> {
    return this.inGroup(providerGroup(issuer, sid));
  }

  /** Returns the keyed hash of the requesting browser; null if it has no live session on this frontend. */
  async knownBrowser(cookies: string | undefined, frontend: Frontend): Promise<string | null> {
    const [session] = await this.presented(cookies, frontend);
    return session?.record.browser ?? null;
  }

  /** Lists the live sessions on a frontend that the session cookie or the browser cookie identifies. */
  protected async presented(cookies: string | undefined, frontend: Frontend): Promise<readonly Session[]> {
    const byTicket = await this.find(cookies, frontend, true);
    const browser = browserIn(cookies);
    const found = byTicket === undefined ? [] : [byTicket];
    for (const key of browser === undefined ? [] : this.tickets.browserKeys(browser))
      found.push(...(await this.ofBrowser(key, frontend)));
    return found;
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

  /** Resolves a session found without a request; that does not count as activity. */
  private async onItsFrontend(storeKey: string, record: SessionRecord): Promise<Session | undefined> {
    const frontend = this.frontends.named(record.frontend);
    return frontend === undefined ? undefined : this.resolve(storeKey, record, frontend, true);
  }

  /** Follows one rotation only: a ticket that was rotated twice is invalid. */
  private async findRetired(
    storeKey: string,
    frontend: Frontend,
    passive: boolean,
  ): Promise<Session | undefined> {
    const successor = await this.rotation.successorOf(storeKey);
    if (successor === undefined) return undefined;
    const session = await this.resolve(successor, await this.store.get(successor), frontend, passive);
    return session === undefined ? undefined : retired(session);
  }

  private async resolve(
    storeKey: string,
    stored: SessionRecord | undefined,
    frontend: Frontend,
    passive: boolean,
  ): Promise<Session | undefined> {
    const live = this.liveSession(storeKey, stored, frontend);
    if (live === undefined) return undefined;
    const session = passive ? live : this.withActivity(live, stored);
    if (!isAdmin(session)) return session;
    return { ...session, elevation: await this.elevations.of(session.user, storeKey) };
  }

  /** Returns the session of a record without its elevation; undefined if it has ended. */
  private liveSession(
    storeKey: string,
    stored: SessionRecord | undefined,
    frontend: Frontend,
  ): Session | undefined {
    if (stored === undefined || stored.frontend !== frontend.name) return undefined;
    const now = this.clock();
    const record = withoutFutureTimes(now, stored);
    if (endsAt(record, frontend).idle <= now) return undefined;
    const user = this.users.findActive(record.userId);
    if (user === undefined || user.sessionsVersion !== record.sessionsVersion) return undefined;
    // A partner's provider cannot authenticate an admin, not even a later one
    // (docs/security-requirements.md ELV-09).
    if (record.provider !== null && user.role === 'admin' && frontend.class === 'partner') return undefined;
    return { storeKey, record, user, frontend, elevation: null, isRetired: false };
  }

  /** Returns the session with activity recorded, if the recorded one lags too far behind. */
  private withActivity(session: Session, stored: SessionRecord | undefined): Session {
    const { storeKey, record, frontend } = session;
    const now = this.clock();
    const isLagging = record !== stored || now - record.seenAt >= Math.min(frontend.idleMs / 10, MAX_LAG_MS);
    if (!isLagging) return session;
    if (!this.recording.has(storeKey)) this.recordActivity(storeKey, frontend, now);
    return { ...session, record: { ...record, seenAt: now } };
  }

  /**
   * Does not wait for the store: if the store fails, the next request, which waits, fails as well. One write at a time,
   * because each write makes the copies of the session in all nodes stale.
   */
  private recordActivity(storeKey: string, frontend: Frontend, now: number): void {
    const seen = (stored: SessionRecord): Replacement<SessionRecord> => {
      const record = withoutFutureTimes(now, stored);
      const value = Object.freeze({ ...record, seenAt: Math.max(record.seenAt, now) });
      return { value, lifetimeMs: timeLeft(value, frontend, now) };
    };
    this.recording.add(storeKey);
    const done = (): boolean => this.recording.delete(storeKey);
    this.store.update(storeKey, seen).then(done, done);
  }
}

/** The session as its previous ticket sees it (docs/security-requirements.md SES-06). */
function retired(session: Session): Session {
  return { ...session, elevation: null, isRetired: true };
}

/** Sets times to now that are further in the future than {@link CLOCK_TOLERANCE_MS}. */
function withoutFutureTimes(now: number, record: SessionRecord): SessionRecord {
  const latest = now + CLOCK_TOLERANCE_MS;
  if (record.createdAt <= latest && record.seenAt <= latest) return record;
  return { ...record, createdAt: Math.min(record.createdAt, now), seenAt: Math.min(record.seenAt, now) };
}
