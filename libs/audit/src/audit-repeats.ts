import { keptAddress } from '@bff/config';
import { type AuditActor, type AuditEvent } from './audit-event.js';
import { type TimedEvent } from './audit-writer.js';

const MINUTE_MS = 60_000;

/**
 * Events of one actor and kind that are stored individually per minute; fewer refusals, because they cost the
 * actor least.
 */
const REFUSALS_PER_MINUTE = 20;
const EFFECTS_PER_MINUTE = 200;

/** Addresses of unauthenticated callers with a separate limit per minute; all others share one limit. */
const MAX_ANONYMOUS_ADDRESSES = 25;

/**
 * Events above the limit of one window with the same tenant and outcome, and the members that are equal in
 * all of them.
 */
interface Surplus {
  readonly first: TimedEvent;
  readonly common: AuditEvent;
  readonly lastAt: number;
  readonly count: number;
}

interface Window {
  readonly since: number;
  readonly isAnonymous: boolean;
  admitted: number;
  readonly surplus: Map<string, Surplus>;
}

/**
 * Limits how many events one actor can add to the audit log with repeated calls: the first ones of a minute
 * are stored individually, further ones become one event with a count. Memory is bounded by the number of
 * users, because the number of unauthenticated addresses is limited.
 */
export class AuditRepeats {
  private readonly windows = new Map<string, Window>();

  /** Whether there is a window that has not been collected. */
  get isOpen(): boolean {
    return this.windows.size > 0;
  }

  /**
   * @returns the events to store now: this event if it is within the limit, and the counts of a previous
   * minute
   */
  admit(timed: TimedEvent): readonly TimedEvent[] {
    const { event, at } = timed;
    const limit = limitOf(event);
    if (limit === null) return [timed];
    const key = this.keyOf(event);
    const due: TimedEvent[] = [];
    let window = this.windows.get(key);
    if (window !== undefined && isOver(window, at)) {
      due.push(...countsOf(window));
      window = undefined;
    }
    if (window === undefined) {
      window = { since: at, isAnonymous: event.actor.kind === 'anonymous', admitted: 0, surplus: new Map() };
      this.windows.set(key, window);
    }
    if (window.admitted < limit) {
      window.admitted += 1;
      due.push(timed);
    } else add(window, timed);
    return due;
  }

  /** Ends the windows that are over and returns their counts. */
  collect(now: number): readonly TimedEvent[] {
    return this.close((window) => isOver(window, now));
  }

  /** Ends all windows at shutdown and returns their counts. */
  collectAll(): readonly TimedEvent[] {
    return this.close(() => true);
  }

  private keyOf({ actor, event }: AuditEvent): string {
    if (actor.kind === 'user') return JSON.stringify([event, actor.id]);
    const key = anonymousKey(event, actor.clientAddress);
    if (this.windows.has(key)) return key;
    const isFull =
      [...this.windows.values()].filter(({ isAnonymous }) => isAnonymous).length >= MAX_ANONYMOUS_ADDRESSES;
    return isFull ? anonymousKey(event, null) : key;
  }

  private close(isDue: (window: Window) => boolean): readonly TimedEvent[] {
    const due: TimedEvent[] = [];
    for (const [key, window] of this.windows) {
      if (!isDue(window)) continue;
      this.windows.delete(key);
      due.push(...countsOf(window));
    }
    return due;
  }
}

/** IPv6 addresses are counted by network, because one client has a whole network. */
function anonymousKey(event: string, address: string | null): string {
  const network = keptAddress(address, address?.includes(':') === true ? 'truncated' : 'full');
  return JSON.stringify([event, 'anonymous', network]);
}

/**
 * The events per minute; null: unlimited, for the service, for operators and for calls that change the
 * upstream.
 */
function limitOf({ event, outcome, actor }: AuditEvent): number | null {
  if (actor.kind === 'service' || actor.kind === 'operator') return null;
  if (event === 'upstream.write' || event === 'admin-plane.call') return null;
  return outcome === 'refused' || event === 'sessions.revoked' ? REFUSALS_PER_MINUTE : EFFECTS_PER_MINUTE;
}

/** A clock that was set back ends the window too. */
function isOver({ since }: Window, now: number): boolean {
  return now < since || now >= since + MINUTE_MS;
}

function add({ surplus }: Window, timed: TimedEvent): void {
  const { event, at } = timed;
  const key = JSON.stringify([event.tenantId, event.outcome]);
  const before = surplus.get(key);
  surplus.set(
    key,
    before === undefined
      ? { first: timed, common: event, lastAt: at, count: 1 }
      : { ...before, common: commonOf(before.common, event), lastAt: at, count: before.count + 1 },
  );
}

function countsOf({ surplus }: Window): readonly TimedEvent[] {
  return [...surplus.values()].map(({ first, common, lastAt, count }) => {
    if (count === 1) return first;
    const [firstAt, until] = [first.at, lastAt].map((at) => new Date(at).toISOString());
    const details = { count, firstAt, lastAt: until, common: common.details ?? {} };
    return { event: { ...common, requestId: null, details }, at: lastAt, occurrences: count };
  });
}

/** An event with the members that are equal in both; kind, actor, tenant and outcome are. */
function commonOf(one: AuditEvent, other: AuditEvent): AuditEvent {
  return {
    ...one,
    actor: { ...one.actor, ...agreed<Omit<AuditActor, 'kind' | 'id'>>(one.actor, other.actor, null) },
    details: Object.fromEntries(
      Object.entries(one.details ?? {}).filter(([name, value]) => isEqual(value, other.details?.[name])),
    ),
  };
}

function agreed<Part extends object>(one: Part, other: Part, otherwise: null): Part {
  return Object.fromEntries(
    Object.entries(one).map(([name, value]) => [
      name,
      isEqual(value, (other as Record<string, unknown>)[name]) ? value : otherwise,
    ]),
  ) as Part;
}

function isEqual(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
