import { Problem } from '@bff/problems';
import { HASHING_THREADS } from './hashing-threads.js';

/** People that wait for a hash; at 30 ms per hash the last of them waits less than a second. */
const MAX_WAITING = 50;

/**
 * For whom a password is hashed: `person` is a request that somebody waits for; `batch` is one of many passwords of a
 * directory file, which can wait.
 */
export type HashingLane = 'person' | 'batch';

/**
 * Admission to password hashing. Batch work runs one hash at a time: it takes the next free place, so
 * that it always advances, and leaves the other place to people.
 */
export class HashingQueue {
  private running = 0;
  private batchRuns = false;
  private readonly people: (() => void)[] = [];
  private readonly batch: (() => void)[] = [];

  /** @throws Problem `bff_overloaded` for a person when the queue is full, or what the work throws */
  async run<Result>(lane: HashingLane, work: () => Promise<Result>): Promise<Result> {
    await this.enter(lane);
    try {
      return await work();
    } finally {
      this.leave(lane);
    }
  }

  private async enter(lane: HashingLane): Promise<void> {
    if (lane === 'person' && this.people.length === MAX_WAITING) {
      throw new Problem('bff_overloaded', { detail: 'Too many passwords wait to be checked.' });
    }
    const admitted = Promise.withResolvers<undefined>();
    const waiting = lane === 'batch' ? this.batch : this.people;
    waiting.push(() => admitted.resolve(undefined));
    this.admit();
    await admitted.promise;
  }

  private leave(lane: HashingLane): void {
    this.running -= 1;
    if (lane === 'batch') this.batchRuns = false;
    this.admit();
  }

  private admit(): void {
    while (this.running < HASHING_THREADS) {
      const batch = this.batchRuns ? undefined : this.batch.shift();
      const next = batch ?? this.people.shift();
      if (next === undefined) return;
      if (batch !== undefined) this.batchRuns = true;
      this.running += 1;
      next();
    }
  }
}
