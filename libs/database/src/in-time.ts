import { setTimeout as pause } from 'node:timers/promises';

/** A transaction exceeded its deadline and is rolled back. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`The database did not finish within ${milliseconds / 1_000} s; nothing was changed`);
  }
}

/**
 * Runs work in a transaction with a deadline, after which the transaction must not commit.
 * @param work must call `keep` immediately before it commits; `keep` throws after the deadline, at which the
 * signal is aborted
 * @throws DeadlineError, or the error of the work
 */
export async function inTime<Result>(
  milliseconds: number,
  work: (keep: () => void, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  let isKept = false;
  const keep = (): void => {
    deadline.signal.throwIfAborted();
    isKept = true;
  };
  const working = work(keep, deadline.signal);
  const done = new AbortController();
  const late = pause(milliseconds, undefined, { ref: false, signal: done.signal }).then(() => {
    // A commit in progress is awaited, because its outcome would otherwise be unknown.
    if (isKept) return working;
    const error = new DeadlineError(milliseconds);
    deadline.abort(error);
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
