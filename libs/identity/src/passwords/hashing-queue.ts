import { Problem } from '@bff/problems';
import { HASHING_THREADS } from './hashing-threads.js';

/** Maximum number of queued interactive requests; at 30 ms per hash the last one waits less than a second. */
const MAX_QUEUED = 50;

/**
 * The priority of a hash: `interactive` for a request of a user who waits, `batch` for the passwords of a
 * directory file.
 */
export type HashingLane = 'interactive' | 'batch';

/**
 * Limits concurrent password hashing. Batch work runs one hash at a time: it takes the next free thread, so
 * that it always advances, and leaves the other thread to interactive requests.
 */
export class HashingQueue {
  private running = 0;
  private isBatchRunning = false;
  private readonly interactive: (() => void)[] = [];
  private readonly batch: (() => void)[] = [];

  /** @throws Problem `bff_overloaded` for interactive work if the queue is full; the error of the work */
  async run<Result>(lane: HashingLane, work: () => Promise<Result>): Promise<Result> {
    await this.enter(lane);
    try {
      return await work();
    } finally {
      this.leave(lane);
    }
  }

  private async enter(lane: HashingLane): Promise<void> {
    if (lane === 'interactive' && this.interactive.length === MAX_QUEUED) {
      throw new Problem('bff_overloaded', { detail: 'Too many passwords wait to be checked.' });
    }
    const admitted = Promise.withResolvers<undefined>();
    const waiting = lane === 'batch' ? this.batch : this.interactive;
    waiting.push(() => admitted.resolve(undefined));
    this.admit();
    await admitted.promise;
  }

  private leave(lane: HashingLane): void {
    this.running -= 1;
    if (lane === 'batch') this.isBatchRunning = false;
    this.admit();
  }

  private admit(): void {
    while (this.running < HASHING_THREADS) {
      const batch = this.isBatchRunning ? undefined : this.batch.shift();
      const next = batch ?? this.interactive.shift();
      if (next === undefined) return;
      if (batch !== undefined) this.isBatchRunning = true;
      this.running += 1;
      next();
    }
  }
}
