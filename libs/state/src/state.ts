import { type ExpiringStore } from './expiring-store.js';
import { type RecordKind } from './record-kind.js';
import { type SlidingWindows } from './sliding-windows.js';

/** Provides all expiring state of the service: in this process, or in a store that all nodes share. */
export abstract class State {
  /** Whether the state outlives this process. */
  abstract readonly isShared: boolean;
  /** The reason why the state is unavailable, or null if it is available. */
  abstract readonly problem: string | null;
  /** The store of one kind of records; one for each kind. */
  abstract store<Value>(kind: RecordKind<Value>): ExpiringStore<Value>;
  /** @param name part of the keys in a shared store */
  abstract windows(name: string, windowMs: number): SlidingWindows;
}
