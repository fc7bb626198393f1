import { type Clock } from '@bff/config';
import { type ExpiringStore } from './expiring-store.js';
import { MemoryStore } from './memory-store.js';
import { MemoryWindows } from './memory-windows.js';
import { type RecordKind } from './record-kind.js';
import { type SlidingWindows } from './sliding-windows.js';
import { State } from './state.js';

/** The state of a single process, which ends with it: the embedded default. */
export class MemoryState extends State {
  override readonly isShared = false;
  override readonly problem = null;

  constructor(private readonly monotonic: Clock) {
    super();
  }

  override store<Value>({ groupsOf }: RecordKind<Value>): ExpiringStore<Value> {
    return new MemoryStore<Value>(this.monotonic, groupsOf);
  }

  override windows(_name: string, windowMs: number): SlidingWindows {
    return new MemoryWindows(windowMs, this.monotonic);
  }

  override announce(_node: string, text: string): Promise<readonly string[]> {
    return Promise.resolve([text]);
  }
}
