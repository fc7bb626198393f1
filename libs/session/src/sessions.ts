import { randomUUID } from 'node:crypto';
import { type Clock } from '@bff/config';
import { type Frontend, type FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { type ExpiringStore, type MaybePromise } from '@bff/state';
import { type Elevation } from '@bff/tenancy';
import { ticketIn } from './session-cookie.js';
import { type SessionTickets } from './session-tickets.js';
import { endsAt, type Session, type SessionRecord } from './session.js';

/** Recording an activity may lag by a tenth of the idle time, at most this (contract.md section 4). */
const MAX_LAG_MS = 60_000;
const MAX_USER_AGENT_LENGTH = 200;

/** Begins, finds and ends sessions. A session belongs to the frontend it began on and is none on any other. */
export class Sessions {
  constructor(
    private readonly store: ExpiringStore<SessionRecord>,
    private readonly tickets: SessionTickets,
    private readonly users: UserDirectory,
    private readonly frontends: FrontendRegistry,
    private readonly clock: Clock,
  ) {}

  /** Begins a session under a new ticket; the one that the browser presented ends and is never adopted. */
  async open(
    user: User,
    frontend: Frontend,
    userAgent: string | undefined,
    cookies: string | undefined,
  ): Promise<{ readonly ticket: string; readonly session: Session }> {
    const now = this.clock();
    const ticket = this.tickets.issue();
    const storeKey = this.tickets.storeKey(ticket);
    const record: SessionRecord = Object.freeze({
      id: randomUUID(),
      userId: user.id,
      frontend: frontend.name,
      userAgent: userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
      createdAt: now,
      seenAt: now,
      elevation: null,
    });
    await this.end(cookies, frontend);
    await this.store.create(storeKey, record, endsAt(record, frontend).idle, user.id);
    return { ticket, session: { storeKey, record, user, frontend, elevation: null } };
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
    const found = this.store.get(storeKey);
    if (found instanceof Promise) {
      return found.then((record) => this.revive(storeKey, record, frontend, passive));
    }
    return this.revive(storeKey, found, frontend, passive);
  }

  /** Ends the session of a `Cookie` header, if there is one on this frontend. */
  async end(cookies: string | undefined, frontend: Frontend): Promise<void> {
    const session = await this.find(cookies, frontend, true);
    if (session !== undefined) await this.store.remove(session.storeKey);
  }

  /** The user's own living sessions on every frontend, the youngest first. */
  async ofUser(user: User): Promise<readonly Session[]> {
    const sessions: Session[] = [];
    for (const [storeKey, record] of await this.store.inGroup(user.id)) {
      const frontend = this.frontends.named(record.frontend);
      if (frontend !== undefined && endsAt(record, frontend).idle > this.clock()) {
        sessions.push({ storeKey, record, user, frontend, elevation: this.living(record.elevation) });
      }
    }
    return sessions.sort((a, b) => b.record.createdAt - a.record.createdAt);
  }

  /** Ends one of the user's own sessions and says whether there was such a one. */
  async endOne(user: User, sessionId: string): Promise<boolean> {
    const session = (await this.ofUser(user)).find(({ record }) => record.id === sessionId);
    return session !== undefined && this.store.remove(session.storeKey);
  }

  /** Ends all sessions of the user but this one. */
  async endOthers(current: Session): Promise<void> {
    for (const { storeKey } of await this.ofUser(current.user)) {
      if (storeKey !== current.storeKey) await this.store.remove(storeKey);
    }
  }

  private revive(
    storeKey: string,
    record: SessionRecord | undefined,
    frontend: Frontend,
    passive: boolean,
  ): Session | undefined {
    if (record === undefined || record.frontend !== frontend.name) return undefined;
    const now = this.clock();
    if (endsAt(record, frontend).idle <= now) return undefined;
    const user = this.users.findActive(record.userId);
    if (user === undefined) return undefined;
    if (!passive && now - record.seenAt >= Math.min(frontend.idleMs / 10, MAX_LAG_MS)) {
      this.recordActivity(storeKey, { ...record, seenAt: now }, frontend);
    }
    return { storeKey, record, user, frontend, elevation: this.living(record.elevation) };
  }

  /** Nobody waits for it; a store that fails now fails the next request, which does wait. */
  private recordActivity(storeKey: string, record: SessionRecord, frontend: Frontend): void {
    const written = this.store.replace(storeKey, Object.freeze(record), endsAt(record, frontend).idle);
    if (written instanceof Promise) written.catch(() => undefined);
  }

  private living(elevation: Elevation | null): Elevation | null {
    return elevation !== null && elevation.expiresAt > this.clock() ? elevation : null;
  }
}
