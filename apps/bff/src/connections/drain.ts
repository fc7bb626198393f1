import { setTimeout as pause } from 'node:timers/promises';
import { type OpenConnections } from './open-connections.js';

/** The time limits of a drain, in milliseconds. `finishMs` and `exitMs` start when the listener closes. */
export interface DrainLimits {
  /** Period in which requests are still served, also on new connections (`BFF_DRAIN_SECONDS`). */
  readonly serveMs: number;
  /** Time after which the remaining connections are aborted. */
  readonly finishMs: number;
  /** Time after which the process exits, even if closing has not finished. */
  readonly exitMs: number;
}

/**
 * The process exits with 0 at most 30 s after `BFF_DRAIN_SECONDS` (docs/contract.md section 3, "Listeners"). Flushing the
 * log may take one second of this.
 */
export const FINISH_MS = 27_000;
export const EXIT_MS = 28_500;

/** The resources that a drain closes. */
export interface DrainTarget {
  readonly connections: OpenConnections;
  /** Makes `/health/ready` return 503. */
  markNotReady(): void;
  /** Closes the database, the connection pools and the management listener; called after the last response. */
  close(): Promise<void>;
  warn(message: string): void;
}

/**
 * Shuts a node down after SIGTERM without losing in-flight requests (docs/contract.md section 3, "Listeners";
 * docs/security-requirements.md RES-13).
 */
export class Drain {
  private readonly served = new AbortController();
  private ended: Promise<void> | undefined;

  constructor(
    private readonly target: DrainTarget,
    private readonly limits: DrainLimits,
  ) {}

  /** Starts the drain; further calls join it. @returns a promise that resolves when everything is closed or on time-out */
  begin(): Promise<void> {
    this.ended ??= this.run();
    return this.ended;
  }

  /** Starts the drain without the period in which requests are still served, or ends that period. */
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
      target.warn('drain: closing timed out, the process exits without waiting for it');
  }

  private async finish(): Promise<void> {
    const { target } = this;
    const { connections } = target;
    const finished = new AbortController();
    const closed = connections.stopListening().then(() => finished.abort());
    await elapsed(this.limits.finishMs, finished.signal);
    if (!finished.signal.aborted) {
      target.warn(`drain: ${connections.count} connections did not finish in time and are aborted`);
      connections.abort();
    }
    await closed;
    await target.close();
  }
}

/** Resolves after the given time or when the signal aborts. */
async function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(milliseconds, undefined, { signal });
  } catch {
    // The signal aborted, which ends the wait early.
  }
}
