import { setTimeout as pause } from 'node:timers/promises';

const pauseMs = 20;

/** Repeats a check until it passes. @returns its result @throws its last failure after the timeout */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  { withinMs }: { readonly withinMs: number },
): Promise<Result> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await pause(pauseMs);
  }
}
