export { type ExpiringStore, type MaybePromise } from './expiring-store.js';
export { MemoryStore } from './memory-store.js';
