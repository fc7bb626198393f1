import { MemoryWindows } from './memory-windows.js';
import { slidingWindowsContract } from './sliding-windows.contract.js';

slidingWindowsContract('MemoryWindows', (windowMs, clock) =>
  Promise.resolve(new MemoryWindows(windowMs, clock)),
);
