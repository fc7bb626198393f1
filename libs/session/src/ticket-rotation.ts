import { type Clock } from '@bff/config';
import { type Frontend } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type RecordKind } from '@bff/state';
import { type SessionTickets } from './session-tickets.js';
import { timeLeft, type Session, type SessionRecord } from './session.js';

/**
 * Grace period during which a rotated ticket still authenticates in-flight requests
 * (docs/security-requirements.md SES-06).
 */
const GRACE_MS = 2_000;

/**
 * Time during which in-flight requests find their session under its new ticket; longer than any request can
 * take.
 */
const IN_FLIGHT_MS = 15 * 60_000;

const successors = { version: 2, copies: 'records', uniqueKeys: true } as const;

export const SUCCESSORS: RecordKind<string> = { ...successors, name: 'successor' };
export const SUCCESSORS_IN_GRACE: RecordKind<string> = { ...successors, name: 'successor-in-grace' };

/** A session with the new ticket for its browser. */
export interface Ticketed {
  readonly ticket: string;
  readonly session: Session;
}

/** Stores sessions under new tickets, and finds the successor of a rotated ticket. */
export class TicketRotation {
  constructor(
    private readonly store: ExpiringStore<SessionRecord>,
    /** Successors by store key, during the grace period. */
    private readonly successorsInGrace: ExpiringStore<string>,
    /** Successors by store key for in-flight requests, which do not send their cookie again. */
    private readonly successors: ExpiringStore<string>,
    private readonly tickets: SessionTickets,
    private readonly clock: Clock,
  ) {}

  /** Stores a session under a new ticket. */
  async storeUnderNewTicket(
    record: SessionRecord,
    frontend: Frontend,
  ): Promise<{ readonly ticket: string; readonly storeKey: string }> {
    const ticket = this.tickets.issue();
    const storeKey = this.tickets.storeKey(ticket);
    await this.store.create(storeKey, record, timeLeft(record, frontend, this.clock()));
    return { ticket, storeKey };
  }

  /**
   * Replaces the ticket of a session, without its elevation.
   * @throws Problem `bff_session_required` if the session has ended
   */
  async rotate(session: Session): Promise<Ticketed> {
    if (session.isRetired) throw new Problem('bff_session_required');
    const record = (await this.store.get(session.storeKey)) ?? session.record;
    const { ticket, storeKey } = await this.storeUnderNewTicket(record, session.frontend);
    // Written before the old record is removed, so that an in-flight request always finds one of the two.
    await this.successors.create(session.storeKey, storeKey, IN_FLIGHT_MS);
    // A concurrent end of all the user's sessions finds the new record, or has removed the old one already.
    if (!(await this.store.remove(session.storeKey))) {
      await this.store.remove(storeKey);
      throw new Problem('bff_session_required');
    }
    await this.successorsInGrace.create(session.storeKey, storeKey, GRACE_MS);
    return { ticket, session: { ...session, record, storeKey, elevation: null } };
  }

  /** Returns the store key that replaced this one within the grace period. */
  successorOf(storeKey: string): Promise<string | undefined> {
    return this.successorsInGrace.get(storeKey);
  }

  /** Returns the store key that replaced this one during an in-flight request. */
  successorInFlight(storeKey: string): Promise<string | undefined> {
    return this.successors.get(storeKey);
  }

  /** Like {@link successorInFlight}, without waiting. @throws NotInMemoryError */
  peekSuccessor(storeKey: string): string | undefined {
    return this.successors.peek(storeKey);
  }
}
