import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits for work in a transaction no longer than so many milliseconds; from then on it must not be kept.
 * @param work calls `keep` as the last thing before it commits, which throws where nobody waits any more
 * @throws what the work throws, or an Error when it takes too long
 */
export async function inTime<Result>(
  milliseconds: number,
  work: (keep: () => void) => Promise<Result>,
): Promise<Result> {
  let state: 'waiting' | 'kept' | 'given up' = 'waiting';
  const keep = (): void => {
    if (state === 'given up') throw new Error('Nobody waits any more: nothing is kept');
    state = 'kept';
  };
  const working = work(keep);
  const done = new AbortController();
  const late = pause(milliseconds, undefined, { ref: false, signal: done.signal }).then(() => {
    // What is being committed is waited for: nobody could say whether it was.
    if (state === 'kept') return working;
    state = 'given up';
    throw new Error(`The database took longer than ${milliseconds} ms`);
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    late.catch(() => undefined);
    working.catch(() => undefined);
    done.abort();
  }
}
