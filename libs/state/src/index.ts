export { copied } from './copied.js';
export { type ExpiringStore, NotInMemoryError, type Replacement } from './expiring-store.js';
export { MemoryStore } from './memory-store.js';
export { MemoryWindows } from './memory-windows.js';
export { type RecordKind, type ShortForm } from './record-kind.js';
export { type LimitReached, type SlidingWindows, type WindowLimit } from './sliding-windows.js';
export { FIRST_PAGE, type RecordPage, SealedRecords } from './redis/sealed-records.js';
export { State } from './state.js';
export { StateModule } from './state.module.js';
