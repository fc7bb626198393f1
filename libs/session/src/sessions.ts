import { randomUUID } from 'node:crypto';
import { type AuditLog } from '@bff/audit';
import { type Clock, type FrontendClass } from '@bff/config';
import { type Frontend, type FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import { copied, type ExpiringStore } from '@bff/state';
import { isAdmin } from '@bff/tenancy';
import { browserOf } from './browser-cookie.js';
import { type ElevationRequest, type Elevations } from './elevations.js';
import { LivingSessions } from './living-sessions.js';
import { sessionCookie } from './session-cookie.js';
import { type SessionTickets } from './session-tickets.js';
import { actorOf, timeLeft, type ProviderSession, type Session, type SessionRecord } from './session.js';
import { type Ticketed, type TicketRotation } from './ticket-rotation.js';

const MAX_USER_AGENT_LENGTH = 200;

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

/** Begins, raises and ends sessions. */
export class Sessions extends LivingSessions {
  constructor(
    store: ExpiringStore<SessionRecord>,
    rotation: TicketRotation,
    tickets: SessionTickets,
    elevations: Elevations,
    users: UserDirectory,
    frontends: FrontendRegistry,
    clock: Clock,
    private readonly audit: AuditLog,
    /** Living sessions of one user on the frontends of one class. */
    private readonly maxPerUser: number,
  ) {
    super(store, rotation, tickets, elevations, users, frontends, clock);
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
    const { ticket, storeKey } = await this.rotation.put(record, frontend);
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
        await this.store.replace(storeKey, kept, timeLeft(kept, frontend, this.clock()));
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
    const moved = await this.rotation.move(session).catch((error: unknown) => {
      this.elevations.withdraw(session, elevation, request.requestId);
      throw error;
    });
    await this.elevations.attach(moved.session, elevation, request);
    return { ...moved, session: { ...moved.session, elevation } };
  }

  /** Takes a session's powers away, under a new ticket. @throws Problem `bff_session_required` */
  async descend(session: Session, requestId: string): Promise<Ticketed> {
    const moved = await this.rotation.move(session);
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
}

/** Of two sessions that began within one millisecond, the id decides: both are compared alike on every node. */
function isOlder(a: SessionRecord, b: SessionRecord): boolean {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);
}
