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
import { SessionLookup } from './session-lookup.js';
import { sessionCookie } from './session-cookie.js';
import { type SessionTickets } from './session-tickets.js';
import { actorOf, timeLeft, type ProviderSession, type Session, type SessionRecord } from './session.js';
import { type Ticketed, type TicketRotation } from './ticket-rotation.js';

const MAX_USER_AGENT_LENGTH = 200;

/** The input for a new session. */
export interface NewSession {
  readonly user: User;
  readonly frontend: Frontend;
  readonly userAgent: string | undefined;
  readonly provider: ProviderSession | null;
  /** The `Cookie` header of the request that completes the sign-in. */
  readonly cookies: string | undefined;
  readonly requestId: string;
}

/** A new session, with the cookies for its browser. */
export interface OpenedSession {
  readonly session: Session;
  readonly setCookies: readonly string[];
}

/** The reason, as audited, why the service ended a session. */
export type RevocationCause =
  | 'attempt limit of elevation'
  | 'attempt limit of password change'
  | 'back-channel logout'
  | 'too many sessions';

/** Begins, elevates and ends sessions. */
export class Sessions extends SessionLookup {
  constructor(
    store: ExpiringStore<SessionRecord>,
    rotation: TicketRotation,
    tickets: SessionTickets,
    elevations: Elevations,
    users: UserDirectory,
    frontends: FrontendRegistry,
    clock: Clock,
    private readonly audit: AuditLog,
    /** Maximum number of live sessions of one user on the frontends of one class. */
    private readonly maxPerUser: number,
  ) {
    super(store, rotation, tickets, elevations, users, frontends, clock);
  }

  /**
   * Begins a session under a new ticket and ends the earlier sessions of its browser on this frontend. A
   * ticket from the browser is never adopted. If the user exceeds the maximum number of sessions on frontends
   * of this class, the oldest ones end.
   */
  async open({
    user,
    frontend,
    userAgent,
    provider,
    cookies,
    requestId,
  }: NewSession): Promise<OpenedSession> {
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
    const { ticket, storeKey } = await this.rotation.storeUnderNewTicket(record, frontend);
    // Another tab may have signed in since the earlier sessions were listed; the newer session is kept.
    for (const other of await this.ofBrowser(record.browser, frontend)) {
      if (isOlder(other.record, record)) await this.end(other, requestId);
    }
    await this.endExcessSessions(user, frontend.class, requestId);
    return {
      session: { storeKey, record, user, frontend, elevation: null, isRetired: false },
      setCookies: [sessionCookie(ticket), ...browser.setCookies],
    };
  }

  /**
   * Ends a session and its elevation, even if its ticket was rotated since it was found.
   * @returns whether the session was still live
   */
  async end({ storeKey, user, record }: Session, requestId: string): Promise<boolean> {
    let ended = await this.endTicket(storeKey, user, requestId);
    // During a rotation the session is stored under two tickets, or is about to be stored under the next one.
    for (;;) {
      const current = await this.named(user.id, record.id);
      if (current === undefined) return ended;
      if (await this.endTicket(current.storeKey, user, requestId)) ended = true;
    }
  }

  /** Ends a session on the service's initiative and audits the cause. */
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

  /** Exempts this session from the end of all sessions of its user, even if its ticket was rotated. */
  async keep({ record: { id }, user, frontend }: Session): Promise<void> {
    const version = this.users.findActive(user.id)?.sessionsVersion;
    if (version === undefined) return;
    for (;;) {
      const all = [...(await this.store.inGroup(user.id))];
      const left = all.filter(([, record]) => record.id === id && record.sessionsVersion !== version);
      if (left.length === 0) return;
      for (const [storeKey] of left) {
        await this.store.update(storeKey, (stored) => ({
          value: Object.freeze({ ...stored, sessionsVersion: version }),
          lifetimeMs: timeLeft(stored, frontend, this.clock()),
        }));
      }
    }
  }

  /**
   * Ends all other sessions of the user.
   * @returns the number of ended sessions
   */
  async endOthers(current: Session, requestId: string): Promise<number> {
    let ended = 0;
    for (const session of await this.ofUser(current.user)) {
      if (session.record.id !== current.record.id && (await this.end(session, requestId))) ended += 1;
    }
    return ended;
  }

  /**
   * Elevates a session under a new ticket; the user's previous elevation ends.
   * @throws Problem `bff_role_required`, `bff_tenant_not_found`, `bff_audit_unavailable`, or
   * `bff_session_required` if the session ended concurrently
   */
  async elevate(session: Session, request: ElevationRequest): Promise<Ticketed> {
    if (!isAdmin(session)) throw new Problem('bff_role_required');
    const elevation = await this.elevations.begin(session, request);
    const rotated = await this.rotation.rotate(session).catch((error: unknown) => {
      this.elevations.withdraw(session, elevation, request.requestId);
      throw error;
    });
    await this.elevations.attach(rotated.session, elevation, request);
    return { ...rotated, session: { ...rotated.session, elevation } };
  }

  /** Ends the elevation of a session, under a new ticket. @throws Problem `bff_session_required` */
  async endElevation(session: Session, requestId: string): Promise<Ticketed> {
    const rotated = await this.rotation.rotate(session);
    await this.elevations.end(session.user.id, 'ended', requestId, session.storeKey);
    return rotated;
  }

  private async endTicket(storeKey: string, user: User, requestId: string): Promise<boolean> {
    const ended = await this.store.remove(storeKey);
    if (user.role === 'admin') await this.elevations.end(user.id, 'session-ended', requestId, storeKey);
    return ended;
  }

  /** Must run after the new session is stored, so that two concurrent sign-ins count each other. */
  private async endExcessSessions(
    user: User,
    frontendClass: FrontendClass,
    requestId: string,
  ): Promise<void> {
    const ofClass = (await this.ofUser(user)).filter(({ frontend }) => frontend.class === frontendClass);
    // During a rotation a session is stored under two tickets.
    const distinct = [...new Map(ofClass.map((session) => [session.record.id, session])).values()];
    for (const session of distinct.slice(this.maxPerUser)) {
      await this.revoke(session, 'too many sessions', requestId);
    }
  }
}

/** Orders sessions of the same millisecond by id, so that all nodes agree. */
function isOlder(a: SessionRecord, b: SessionRecord): boolean {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);
}
