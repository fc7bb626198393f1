import { randomUUID } from 'node:crypto';
import { type AuditLog } from '@bff/audit';
import { type Clock, type FrontendClass } from '@bff/config';
import { type Frontend, type FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import { copied, type ExpiringStore, type MaybePromise } from '@bff/state';
import { isAdmin } from '@bff/tenancy';
import { type ElevationRequest, type Elevations } from './elevations.js';
import { browserIn, browserOf } from './browser-cookie.js';
import { sessionCookie, ticketIn } from './session-cookie.js';
import { type SessionTickets } from './session-tickets.js';
import { actorOf, endsAt, type ProviderSession, type Session, type SessionRecord } from './session.js';

/** Recording an activity may lag by a tenth of the idle time, at most this (docs/contract.md section 4). */
const MAX_LAG_MS = 60_000;
const MAX_USER_AGENT_LENGTH = 200;

/**
 * Grace period during which a rotated ticket still authenticates in-flight requests
 * (docs/security-requirements.md SES-06).
 */
const GRACE_MS = 2_000;

/** Longer than any request can wait for its body and its upstream: so long its session is found under its new ticket. */
const IN_FLIGHT_MS = 15 * 60_000;

/** A session with the ticket that its browser gets. */
export interface Ticketed {
  readonly ticket: string;
  readonly session: Session;
}

/** Who a session is begun for, and where. */
export interface SessionBeginning {
  readonly user: User;
  readonly frontend: Frontend;
  readonly userAgent: string | undefined;
  readonly provider: ProviderSession | null;
  /** The `Cookie` header of the request that completes the sign-in. */
  readonly cookies: string | undefined;
  readonly requestId: string;
}

/** A session that has just begun, with the cookies that its browser gets. */
export interface OpenedSession {
  readonly session: Session;
  readonly setCookies: readonly string[];
}

/** Why the service itself ended a session. */
export type RevocationCause =
  | 'attempt limit of elevation'
  | 'attempt limit of password change'
  | 'back-channel logout'
  | 'too many sessions';

/** Begins, finds, raises and ends sessions. A session belongs to the frontend it began on and is none on any other. */
export class Sessions {
  constructor(
    private readonly store: ExpiringStore<SessionRecord>,
    /** Where the session of a replaced ticket is found now. */
    private readonly moved: ExpiringStore<string>,
    /** The same for requests in flight, which present no ticket again. */
    private readonly successors: ExpiringStore<string>,
    private readonly tickets: SessionTickets,
    private readonly elevations: Elevations,
    private readonly users: UserDirectory,
    private readonly frontends: FrontendRegistry,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    /** Living sessions of one user on the frontends of one class. */
    private readonly maxPerUser: number,
  ) {
    elevations.livesWith(async (storeKey) => {
      const record = await this.store.get(storeKey);
      return record !== undefined && (await this.onItsFrontend(storeKey, record)) !== undefined;
    });
  }

  /**
   * Begins a session under a new ticket, and ends those that its browser had on this frontend: whatever the browser presented is
   * never adopted, and nothing of it is left behind. The user's oldest sessions on frontends of this class end where there are
   * more than the maximum.
   */
  async open({
    user,
    frontend,
    userAgent,
    provider,
    cookies,
    requestId,
  }: SessionBeginning): Promise<OpenedSession> {
    const browser = browserOf(cookies);
    const now = this.clock();
    const record: SessionRecord = Object.freeze({
      id: randomUUID(),
      userId: user.id,
      frontend: frontend.name,
      userAgent: userAgent === undefined ? null : copied(userAgent.slice(0, MAX_USER_AGENT_LENGTH)),
      provider,
      browser: this.tickets.browserKey(browser.value),
      createdAt: now,
      seenAt: now,
      sessionsVersion: user.sessionsVersion,
    });
    for (const earlier of await this.presented(cookies, frontend)) await this.end(earlier, requestId);
    const { ticket, storeKey } = await this.put(record, frontend);
    // Another tab may have signed in between the two lines before: the younger session stays.
    for (const other of await this.ofBrowser(record.browser, frontend)) {
      if (isOlder(other.record, record)) await this.end(other, requestId);
    }
    await this.endSurplus(user, frontend.class, requestId);
    return {
      session: { storeKey, record, user, frontend, elevation: null, isRetired: false },
      setCookies: [sessionCookie(ticket), ...browser.setCookies],
    };
  }

  /** The keyed hash of the browser that a request comes from, where it has a living session on this frontend. */
  async knownBrowser(cookies: string | undefined, frontend: Frontend): Promise<string | null> {
    const [session] = await this.presented(cookies, frontend);
    return session?.record.browser ?? null;
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
    let key = storeKey;
    for (let next = this.successors.peek(key); next !== undefined; next = this.successors.peek(key))
      key = next;
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

  /**
   * Ends a session, whatever ticket it has by now, and with it what it was raised to. Says whether it was still there.
   */
  async end({ storeKey, user, record }: Session, requestId: string): Promise<boolean> {
    let ended = await this.endTicket(storeKey, user, requestId);
    // A session that is being elevated is there under two tickets, or moves to the next one at this moment.
    for (;;) {
      const moved = await this.named(user.id, record.id);
      if (moved === undefined) return ended;
      if (await this.endTicket(moved.storeKey, user, requestId)) ended = true;
    }
  }

  /** Ends a session for a reason of the service that the audit log names. */
  async revoke(session: Session, cause: RevocationCause, requestId: string): Promise<void> {
    if (!(await this.end(session, requestId))) return;
    const actor = { ...actorOf(session, null), kind: 'service' } as const;
    const event = {
      event: 'sessions.revoked',
      outcome: 'success',
      actor,
      tenantId: null,
      requestId,
    } as const;
    this.audit.later({ ...event, details: { cause, count: 1 } });
  }

  /** Lets this session go on where all sessions of its user were ended, under whatever ticket it has by now. */
  async keep({ record: { id }, user, frontend }: Session): Promise<void> {
    const version = this.users.findActive(user.id)?.sessionsVersion;
    if (version === undefined) return;
    for (;;) {
      const all = [...(await this.store.inGroup(user.id))];
      const left = all.filter(([, record]) => record.id === id && record.sessionsVersion !== version);
      if (left.length === 0) return;
      for (const [storeKey, record] of left) {
        const kept = Object.freeze({ ...record, sessionsVersion: version });
        await this.store.replace(storeKey, kept, this.timeLeft(kept, frontend));
      }
    }
  }

  /** Ends all sessions of the user but this one, and says how many that were. */
  async endOthers(current: Session, requestId: string): Promise<number> {
    let ended = 0;
    for (const session of await this.ofUser(current.user)) {
      if (session.record.id !== current.record.id && (await this.end(session, requestId))) ended += 1;
    }
    return ended;
  }

  /**
   * Raises a session to the powers asked for, under a new ticket; powers that its user had end.
   * @throws Problem `bff_role_required`, `bff_tenant_not_found`, `bff_audit_unavailable`, or `bff_session_required` where
   * the session ended meanwhile
   */
  async elevate(session: Session, request: ElevationRequest): Promise<Ticketed> {
    if (!isAdmin(session)) throw new Problem('bff_role_required');
    const elevation = await this.elevations.announce(session, request);
    const moved = await this.move(session).catch((error: unknown) => {
      this.elevations.withdraw(session, elevation, request.requestId);
      throw error;
    });
    await this.elevations.attach(moved.session, elevation, request);
    return { ...moved, session: { ...moved.session, elevation } };
  }

  /** Takes a session's powers away, under a new ticket. @throws Problem `bff_session_required` */
  async descend(session: Session, requestId: string): Promise<Ticketed> {
    const moved = await this.move(session);
    await this.elevations.end(session.user.id, 'ended', requestId, session.storeKey);
    return moved;
  }

  private async endTicket(storeKey: string, user: User, requestId: string): Promise<boolean> {
    const ended = await this.store.remove(storeKey);
    if (user.role === 'admin') await this.elevations.end(user.id, 'session-ended', requestId, storeKey);
    return ended;
  }

  /** Runs after the new session is stored, so that of two that begin at once each counts the other. */
  private async endSurplus(user: User, frontendClass: FrontendClass, requestId: string): Promise<void> {
    const ofClass = (await this.ofUser(user)).filter(({ frontend }) => frontend.class === frontendClass);
    // A session that is being elevated is there under two tickets.
    const distinct = [...new Map(ofClass.map((session) => [session.record.id, session])).values()];
    for (const session of distinct.slice(this.maxPerUser)) {
      await this.revoke(session, 'too many sessions', requestId);
    }
  }

  /** The living sessions on a frontend of the browser that sends these cookies, by either of them. */
  private async presented(cookies: string | undefined, frontend: Frontend): Promise<readonly Session[]> {
    const byTicket = await this.find(cookies, frontend, true);
    const browser = browserIn(cookies);
    const byBrowser =
      browser === undefined ? [] : await this.ofBrowser(this.tickets.browserKey(browser), frontend);
    return byTicket === undefined ? byBrowser : [byTicket, ...byBrowser];
  }

  private async ofBrowser(browser: string, frontend: Frontend): Promise<readonly Session[]> {
    const sessions = await this.inGroup(browserGroup(browser));
    return sessions.filter(({ record }) => record.frontend === frontend.name);
  }

  private async move(session: Session): Promise<Ticketed> {
    if (session.isRetired) throw new Problem('bff_session_required');
    const record = (await this.store.get(session.storeKey)) ?? session.record;
    const { ticket, storeKey } = await this.put(record, session.frontend);
    // Before the old one goes, so that a request in flight finds one of the two at every moment.
    await this.successors.create(session.storeKey, storeKey, IN_FLIGHT_MS);
    // Who ends all sessions of the user meanwhile finds the new one, or has taken the old one away by now.
    if (!(await this.store.remove(session.storeKey))) {
      await this.store.remove(storeKey);
      throw new Problem('bff_session_required');
    }
    await this.moved.create(session.storeKey, storeKey, GRACE_MS);
    return { ticket, session: { ...session, record, storeKey, elevation: null } };
  }

  private async put(
    record: SessionRecord,
    frontend: Frontend,
  ): Promise<{ readonly ticket: string; readonly storeKey: string }> {
    const ticket = this.tickets.issue();
    const storeKey = this.tickets.storeKey(ticket);
    await this.store.create(storeKey, record, this.timeLeft(record, frontend), ...groupsOf(record));
    return { ticket, storeKey };
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
    return after(this.moved.get(storeKey), (successor) => {
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

  /** Milliseconds until the session ends by its clocks. */
  private timeLeft(record: SessionRecord, frontend: Frontend): number {
    return endsAt(record, frontend).idle - this.clock();
  }

  /** Nobody waits for it; a store that fails now fails the next request, which does wait. */
  private recordActivity(storeKey: string, record: SessionRecord, frontend: Frontend): SessionRecord {
    const written = this.store.replace(storeKey, Object.freeze(record), this.timeLeft(record, frontend));
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

function groupsOf({ userId, browser, provider }: SessionRecord): readonly string[] {
  const groups = [userId, browserGroup(browser)];
  return provider === null || provider.sid === null
    ? groups
    : [...groups, providerGroup(provider.issuer, provider.sid)];
}

/** JSON keeps the parts apart; a user's group is a UUID. */
function providerGroup(issuer: string, sid: string): string {
  return JSON.stringify([issuer, sid]);
}

/** An issuer is an absolute address, so that no provider's group has this name. */
function browserGroup(browser: string): string {
  return JSON.stringify(['browser', browser]);
}

/** Of two sessions that began within one millisecond, the id decides: both are compared alike on every node. */
function isOlder(a: SessionRecord, b: SessionRecord): boolean {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);
}
