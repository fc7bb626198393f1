import { clearTimeout, setTimeout } from 'node:timers';
import { addEventHandler } from 'jest-circus';

/** Default timeout of a test or hook, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Enforces timeouts, which jest-light-runner does not: a test that hangs would block the run. */
addEventHandler((event, state) => {
  const { currentDescribeBlock: block } = state;
  if (event.name === 'add_test') limit(block.children.at(-1), event.timeout);
  if (event.name === 'add_hook') limit(block.hooks.at(-1), event.timeout);
});

function limit(added, timeoutMs = DEFAULT_TIMEOUT_MS) {
  const { fn } = added;
  if (typeof fn !== 'function') return;
  added.fn = async () => {
    const { promise, reject } = Promise.withResolvers();
    const timer = setTimeout(() => reject(new Error(`Took longer than ${timeoutMs} ms`)), timeoutMs);
    try {
      await Promise.race([fn(), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
