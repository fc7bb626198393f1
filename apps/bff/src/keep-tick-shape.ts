import { executionAsyncResource } from 'node:async_hooks';

let kept: object | undefined;

/**
 * Keeps one of the objects alive that Node makes for each `process.nextTick`. V8 discards the hidden class of these objects when a
 * full collection finds none of them, and from then on makes each by a general function: 300 instead of 30 ns, about ten times
 * per request (Node 24.21, lib/internal/process/task_queues.js; V8, Runtime_DefineKeyedOwnPropertyInLiteral). Four of 20
 * starts under load were affected.
 */
export function keepTickShape(): void {
  if (kept !== undefined) return;
  process.nextTick(() => {
    kept = executionAsyncResource();
  });
}
