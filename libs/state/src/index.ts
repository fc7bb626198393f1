export { copied } from './copied.js';
export { type ExpiringStore } from './expiring-store.js';
export { MemoryStore } from './memory-store.js';
export { MemoryWindows } from './memory-windows.js';
export { type LimitReached, type SlidingWindows, type WindowLimit } from './sliding-windows.js';
