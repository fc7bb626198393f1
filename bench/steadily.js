import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls at even distances, whether or not the last one was answered.
 * @param seconds the duration; may be infinite if the calls are stopped
 * @param isStopped asked before each call
 * @returns the number of calls, when all have been answered
 */
export async function steadily(seconds, perSecond, call, isStopped = () => false) {
  const startedAt = performance.now();
  const pending = [];
  for (let sent = 0; sent < seconds * perSecond && !isStopped(); sent += 1) {
    const wait = startedAt + (sent * 1_000) / perSecond - performance.now();
    if (wait > 0) await pause(wait);
    pending.push(call(sent));
  }
  await Promise.all(pending);
  const rest = startedAt + seconds * 1_000 - performance.now();
  if (rest > 0 && !isStopped()) await pause(rest);
  return pending.length;
}
