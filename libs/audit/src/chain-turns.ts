import { Turns } from '@bff/database';

/** Other writes of this process to the chain took longer than the caller waits. */
export class ChainBusyError extends Error {
  override readonly name = 'ChainBusyError';

  constructor(chain: string) {
    super(`Other writes to the audit chain "${chain}" have not finished`);
  }
}

interface Line {
  readonly turns: Turns;
  /** Writes that have or wait for their turn. */
  writes: number;
}

/**
 * Writes of this process to one chain happen one after the other, so that at most one connection waits for the lock of a
 * chain and the others stay free.
 */
export class ChainTurns {
  private readonly lines = new Map<string, Line>();

  /** Chains that are being written to. */
  get size(): number {
    return this.lines.size;
  }

  /**
   * Runs work when it has the turn of every chain.
   * @param signal ends the wait; work that has begun is waited for
   * @throws what the work throws, or ChainBusyError; then the work does not run
   */
  run<Result>(chains: Iterable<string>, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    // Always in the same order, so that two writers never wait for each other.
    return this.inTurns([...new Set(chains)].sort(), signal, work);
  }

  private inTurns<Result>(
    [chain, ...others]: readonly string[],
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (chain === undefined) return work();
    return this.inTurn(chain, signal, () => this.inTurns(others, signal, work));
  }

  private inTurn<Result>(chain: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const line = this.lines.get(chain) ?? { turns: new Turns(), writes: 0 };
    this.lines.set(chain, line);
    line.writes += 1;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new ChainBusyError(chain));
      signal.addEventListener('abort', giveUp);
      const turn = line.turns.run(async () => {
        signal.removeEventListener('abort', giveUp);
        if (signal.aborted) throw new ChainBusyError(chain);
        return work();
      });
      const leave = (): void => {
        line.writes -= 1;
        if (line.writes === 0) this.lines.delete(chain);
      };
      turn.finally(leave).then(resolve, reject);
    });
  }
}
