import { SerialQueue } from '@bff/database';

/** The wait of a write for other writes of this process to the same chain was aborted. */
export class ChainBusyError extends Error {
  override readonly name = 'ChainBusyError';

  constructor(chain: string) {
    super(`Other writes to the audit chain "${chain}" have not finished`);
  }
}

interface ChainQueue {
  readonly queue: SerialQueue;
  /** Running and queued writes. */
  writes: number;
}

/**
 * Serializes the writes of this process to each chain, so that at most one connection waits for the lock of a
 * chain.
 */
export class ChainQueues {
  private readonly queues = new Map<string, ChainQueue>();

  /** Chains with running or queued writes. */
  get size(): number {
    return this.queues.size;
  }

  /**
   * Runs work after all earlier writes to its chains.
   * @param signal aborts the wait, not work that has begun
   * @throws ChainBusyError if the wait was aborted and the work did not run; otherwise the error of the work
   */
  run<Result>(chains: Iterable<string>, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    // Chains are queued for in one order, so that two writers cannot deadlock.
    return this.inSequence([...new Set(chains)].sort(), signal, work);
  }

  private inSequence<Result>(
    [chain, ...others]: readonly string[],
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (chain === undefined) return work();
    return this.queued(chain, signal, () => this.inSequence(others, signal, work));
  }

  private queued<Result>(chain: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const entry = this.queues.get(chain) ?? { queue: new SerialQueue(), writes: 0 };
    this.queues.set(chain, entry);
    entry.writes += 1;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new ChainBusyError(chain));
      signal.addEventListener('abort', giveUp);
      const running = entry.queue.run(async () => {
        signal.removeEventListener('abort', giveUp);
        if (signal.aborted) throw new ChainBusyError(chain);
        return work();
      });
      const leave = (): void => {
        entry.writes -= 1;
        if (entry.writes === 0) this.queues.delete(chain);
      };
      running.finally(leave).then(resolve, reject);
    });
  }
}
