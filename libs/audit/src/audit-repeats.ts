import { keptAddress } from '@bff/config';
import { type AuditActor, type AuditEvent } from './audit-event.js';
import { type HappenedEvent } from './audit-writer.js';

const MINUTE_MS = 60_000;

/** Events of one actor and kind that are stored verbatim within a minute; refusals cost their actor next to nothing. */
const REFUSALS_PER_MINUTE = 20;
const EFFECTS_PER_MINUTE = 200;

/** Addresses of strangers that have a limit of their own within a minute; all others share one. */
const MAX_STRANGERS = 25;

/** Further events of one window that agree in tenant and outcome, and what all of them have in common. */
interface Surplus {
  readonly first: HappenedEvent;
  readonly common: AuditEvent;
  readonly lastAt: number;
  readonly count: number;
}

interface Window {
  readonly since: number;
  readonly isStranger: boolean;
  admitted: number;
  readonly surplus: Map<string, Surplus>;
}

/**
 * Limits how many events one actor can add to the audit log by repeating a call: the first ones of a minute are stored
 * verbatim, the further ones become one event with their number. Memory is bounded by the users of the directory, because
 * the number of strangers is limited.
 */
export class AuditRepeats {
  private readonly windows = new Map<string, Window>();

  /** Whether a minute has begun that is not over yet. */
  get isOpen(): boolean {
    return this.windows.size > 0;
  }

  /** @returns what is to be stored now: the event itself if it is within the limit, and the counts of an earlier minute */
  admit(happened: HappenedEvent): readonly HappenedEvent[] {
    const { event, at } = happened;
    const limit = limitOf(event);
    if (limit === null) return [happened];
    const key = this.keyOf(event);
    const due: HappenedEvent[] = [];
    let window = this.windows.get(key);
    if (window !== undefined && isOver(window, at)) {
      due.push(...countsOf(window));
      window = undefined;
    }
    if (window === undefined) {
      window = { since: at, isStranger: event.actor.kind === 'anonymous', admitted: 0, surplus: new Map() };
      this.windows.set(key, window);
    }
    if (window.admitted < limit) {
      window.admitted += 1;
      due.push(happened);
    } else add(window, happened);
    return due;
  }

  /** The counts of the minutes that are over. */
  collect(now: number): readonly HappenedEvent[] {
    return this.close((window) => isOver(window, now));
  }

  /** The counts of all minutes, for the end of the process. */
  collectAll(): readonly HappenedEvent[] {
    return this.close(() => true);
  }

  private keyOf({ actor, event }: AuditEvent): string {
    if (actor.kind === 'user') return JSON.stringify([event, actor.id]);
    const key = strangerKey(event, actor.clientAddress);
    if (this.windows.has(key)) return key;
    const isFull = [...this.windows.values()].filter(({ isStranger }) => isStranger).length >= MAX_STRANGERS;
    return isFull ? strangerKey(event, null) : key;
  }

  private close(isDue: (window: Window) => boolean): readonly HappenedEvent[] {
    const due: HappenedEvent[] = [];
    for (const [key, window] of this.windows) {
      if (!isDue(window)) continue;
      this.windows.delete(key);
      due.push(...countsOf(window));
    }
    return due;
  }
}

/** An IPv6 address counts with its network, which is all of one client's. */
function strangerKey(event: string, address: string | null): string {
  const network = keptAddress(address, address?.includes(':') === true ? 'truncated' : 'full');
  return JSON.stringify([event, 'anonymous', network]);
}

/** Null: every event counts. Writes to the upstream are never merged, and the service does not flood itself. */
function limitOf({ event, outcome, actor }: AuditEvent): number | null {
  if (actor.kind === 'service' || actor.kind === 'operator') return null;
  if (event === 'upstream.write' || event === 'admin-plane.call') return null;
  return outcome === 'refused' || event === 'sessions.revoked' ? REFUSALS_PER_MINUTE : EFFECTS_PER_MINUTE;
}

/** A clock that was put back ends the window as well. */
function isOver({ since }: Window, now: number): boolean {
  return now < since || now >= since + MINUTE_MS;
}

function add({ surplus }: Window, happened: HappenedEvent): void {
  const { event, at } = happened;
  const key = JSON.stringify([event.tenantId, event.outcome]);
  const before = surplus.get(key);
  surplus.set(
    key,
    before === undefined
      ? { first: happened, common: event, lastAt: at, count: 1 }
      : { ...before, common: commonOf(before.common, event), lastAt: at, count: before.count + 1 },
  );
}

function countsOf({ surplus }: Window): readonly HappenedEvent[] {
  return [...surplus.values()].map(({ first, common, lastAt, count }) => {
    if (count === 1) return first;
    const [firstAt, until] = [first.at, lastAt].map((at) => new Date(at).toISOString());
    const details = { count, firstAt, lastAt: until, common: common.details ?? {} };
    return { event: { ...common, requestId: null, details }, at: lastAt, occurrences: count };
  });
}

/** An event of the same kind, actor, tenant and outcome that says only what is true of both. */
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
