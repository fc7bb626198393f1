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
  /**
   * Publishes a text about this node for a time.
   * @param node identifies this process
   * @returns the texts of all nodes whose time is not over
   * @throws Problem `bff_session_store_unavailable`, if the store is unreachable
   */
  abstract announce(node: string, text: string, lifetimeMs: number): Promise<readonly string[]>;
}
