import { type Clock } from '@bff/config';
import { type SlidingWindows, type Taken, type WindowLimit } from './sliding-windows.js';

/** Empty windows are removed once per this number of events. */
const SWEEP_EVERY = 1_000;

/** Sliding windows in the memory of this process. */
export class MemoryWindows implements SlidingWindows {
  /** The times of the events of each key, oldest first; milliseconds of the monotonic clock. */
  private readonly events = new Map<string, number[]>();
  private taken = 0;

  constructor(
    private readonly windowMs: number,
    private readonly monotonic: Clock,
  ) {}

  take(limits: readonly WindowLimit[]): Promise<Taken> {
    const now = this.monotonic();
    const full: string[] = [];
    let freeAt = 0;
    for (const { key, limit } of limits) {
      const events = this.unexpired(key, now);
      // One more event is within the limit when this one leaves the window.
      const blocking = events[events.length - limit];
      if (blocking === undefined) continue;
      full.push(key);
      freeAt = Math.max(freeAt, blocking + this.windowMs);
    }
    if (full.length > 0) return Promise.resolve({ taken: false, full, freeInMs: freeAt - now });
    for (const { key } of limits) this.add(key, now);
    const isLast = limits.some(({ key, limit }) => this.events.get(key)?.length === limit);
    const giveBack = (): Promise<void> => {
      for (const { key } of limits) this.removeOne(key, now);
      return Promise.resolve();
    };
    return Promise.resolve({ taken: true, isLast, giveBack });
  }

  private add(key: string, now: number): void {
    this.taken += 1;
    if (this.taken % SWEEP_EVERY === 0) for (const known of this.events.keys()) this.unexpired(known, now);
    const events = this.events.get(key);
    if (events === undefined) this.events.set(key, [now]);
    else events.push(now);
  }

  private removeOne(key: string, moment: number): void {
    const events = this.events.get(key);
    const index = events?.lastIndexOf(moment) ?? -1;
    if (events === undefined || index === -1) return;
    events.splice(index, 1);
    if (events.length === 0) this.events.delete(key);
  }

  private unexpired(key: string, now: number): readonly number[] {
    const events = this.events.get(key);
    if (events === undefined) return [];
    while (events[0] !== undefined && events[0] + this.windowMs <= now) events.shift();
    if (events.length === 0) this.events.delete(key);
    return events;
  }
}
