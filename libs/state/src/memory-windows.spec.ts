import { expect, it } from '@jest/globals';
import { MemoryWindows } from './memory-windows.js';
import { slidingWindowsContract } from './sliding-windows.contract.js';

let time = 1_000_000;
slidingWindowsContract('MemoryWindows', {
  toleranceMs: 0,
  fresh: (windowMs) => Promise.resolve(new MemoryWindows(windowMs, () => time)),
  pass: (milliseconds) => {
    time += milliseconds;
    return Promise.resolve();
  },
});

it('rejects events until the last millisecond of the window', async () => {
  let now = 0;
  const windows = new MemoryWindows(1_000, () => now);
  const limit = { key: 'a', limit: 1 };
  await windows.take([limit]);
  now = 999;
  expect(await windows.take([limit])).toEqual({ taken: false, full: ['a'], freeInMs: 1 });
  now = 1_000;
  expect(await windows.take([limit])).toMatchObject({ taken: true });
});
