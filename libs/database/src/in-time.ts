import { setTimeout as pause } from 'node:timers/promises';

/** Work in a transaction was not finished in time: it is rolled back. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`The database did not finish within ${milliseconds / 1_000} s; nothing was changed`);
  }
}

/**
 * Waits for work in a transaction no longer than so many milliseconds; from then on it must not be kept.
 * @param work calls `keep` as the last thing before it commits, which throws where nobody waits any more; the signal is
 * aborted at the same moment
 * @throws what the work throws, or DeadlineError
 */
export async function inTime<Result>(
  milliseconds: number,
  work: (keep: () => void, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const givenUp = new AbortController();
  let isKept = false;
  const keep = (): void => {
    givenUp.signal.throwIfAborted();
    isKept = true;
  };
  const working = work(keep, givenUp.signal);
  const done = new AbortController();
  const late = pause(milliseconds, undefined, { ref: false, signal: done.signal }).then(() => {
    // What is being committed is waited for: nobody could say whether it was.
    if (isKept) return working;
    const error = new DeadlineError(milliseconds);
    givenUp.abort(error);
    throw error;
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    late.catch(() => undefined);
    working.catch(() => undefined);
    done.abort();
  }
}
