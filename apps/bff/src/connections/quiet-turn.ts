import { setImmediate as nextTurn } from 'node:timers/promises';

/** Turns of the event loop that take less time than this accepted no connection and ran no request, in milliseconds. */
const QUIET_MS = 0.1;
/** Maximum wait, in milliseconds; a process that is busy for longer closes its listener regardless. */
const MAX_WAIT_MS = 1_000;

/**
 * Resolves directly after a turn of the event loop that had nothing to do. The kernel resets connections that it has
 * established but that were not accepted when a listener closes, and a proxy cannot repeat a write that it sent on one; after a
 * quiet turn, hardly any are left.
 */
export async function quietTurn(): Promise<void> {
  const end = performance.now() + MAX_WAIT_MS;
  await nextTurn();
  for (let before = performance.now(); before < end;) {
    await nextTurn();
    const now = performance.now();
    if (now - before < QUIET_MS) return;
    before = now;
  }
}
