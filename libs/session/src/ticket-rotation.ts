import { type Clock } from '@bff/config';
import { type Frontend } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type MaybePromise } from '@bff/state';
import { groupsOf } from './session-groups.js';
import { type SessionTickets } from './session-tickets.js';
import { timeLeft, type Session, type SessionRecord } from './session.js';

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

/** Stores sessions under new tickets, and finds the session of a ticket that was replaced. */
export class TicketRotation {
  constructor(
    private readonly store: ExpiringStore<SessionRecord>,
    /** Where the session of a replaced ticket is found now. */
    private readonly moved: ExpiringStore<string>,
    /** The same for requests in flight, which present no ticket again. */
    private readonly successors: ExpiringStore<string>,
    private readonly tickets: SessionTickets,
    private readonly clock: Clock,
  ) {}

  /** Stores a session under a new ticket. */
  async put(
    record: SessionRecord,
    frontend: Frontend,
  ): Promise<{ readonly ticket: string; readonly storeKey: string }> {
    const ticket = this.tickets.issue();
    const storeKey = this.tickets.storeKey(ticket);
    await this.store.create(storeKey, record, timeLeft(record, frontend, this.clock()), ...groupsOf(record));
    return { ticket, storeKey };
  }

  /** Replaces the ticket of a session; its elevation stays behind. @throws Problem `bff_session_required` if it has ended */
  async move(session: Session): Promise<Ticketed> {
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

  /** The store key that replaced this one within the grace period. */
  successorOf(storeKey: string): MaybePromise<string | undefined> {
    return this.moved.get(storeKey);
  }

  /** The store key at which the session of a request in flight is found now. */
  latest(storeKey: string): string {
    let key = storeKey;
    for (let next = this.successors.peek(key); next !== undefined; next = this.successors.peek(key))
      key = next;
    return key;
  }
}
