import { setTimeout as pause } from 'node:timers/promises';
import { type OpenConnections } from './open-connections.js';

/** Milliseconds; the second and the third count from the closing of the listener. */
export interface DrainLimits {
  /** How long requests are still served, on new connections too (`BFF_DRAIN_SECONDS`). */
  readonly serveMs: number;
  /** When the connections that are left are cut. */
  readonly finishMs: number;
  /** When the process exits, whatever is not closed by then. */
  readonly exitMs: number;
}

/**
 * Exit 0 at most 30 s after `BFF_DRAIN_SECONDS` (docs/contract.md section 3, "Listeners"); the last log lines
 * may take another second.
 */
export const FINISH_MS = 27_000;
export const EXIT_MS = 28_500;

/** What a drain ends. */
export interface DrainTarget {
  readonly connections: OpenConnections;
  /** Readiness is 503 from now on. */
  markNotReady(): void;
  /** Closes database, pools and the management listener, after the last response. */
  close(): Promise<void>;
  warn(message: string): void;
}

/**
 * What a node does between SIGTERM and its exit (docs/contract.md section 3, "Listeners";
 * docs/security-requirements.md RES-13).
 */
export class Drain {
  private readonly served = new AbortController();
  private ended: Promise<void> | undefined;

  constructor(
    private readonly target: DrainTarget,
    private readonly limits: DrainLimits,
  ) {}

  /** @returns when everything is closed, or the time for that is over; a second call joins the first */
  begin(): Promise<void> {
    this.ended ??= this.run();
    return this.ended;
  }

  /** The same without the period in which requests are still served, or ending that period. */
  beginNow(): Promise<void> {
    this.served.abort();
    return this.begin();
  }

  private async run(): Promise<void> {
    const { target, limits } = this;
    target.markNotReady();
    target.connections.endAfterResponse();
    await elapsed(limits.serveMs, this.served.signal);
    const settled = new AbortController();
    const exit = elapsed(limits.exitMs, settled.signal).then(() => 'timed-out' as const);
    const outcome = await Promise.race([this.finish(), exit]);
    settled.abort();
    if (outcome === 'timed-out')
      target.warn('drain: closing takes too long, the process exits without waiting for it');
  }

  private async finish(): Promise<void> {
    const { target } = this;
    const { connections } = target;
    const finished = new AbortController();
    const closed = connections.stopListening().then(() => finished.abort());
    await elapsed(this.limits.finishMs, finished.signal);
    if (!finished.signal.aborted) {
      target.warn(`drain: ${connections.count} connections were not finished in time and are cut`);
      connections.abort();
    }
    await closed;
    await target.close();
  }
}

/** Resolves after a time, or as soon as the signal aborts. */
async function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(milliseconds, undefined, { signal });
  } catch {
    // Aborted: the wait is over early.
  }
}
