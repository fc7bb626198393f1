import { type Clock } from '@bff/config';
import { copied } from './copied.js';
import { type ExpiringStore, type Replacement } from './expiring-store.js';

interface Entry<Value> {
  value: Value;
  /** Milliseconds of the monotonic clock. */
  expiresAt: number;
  readonly groups: readonly string[];
}

/** Expired values are removed once per this number of new values, which bounds the memory. */
const SWEEP_EVERY = 1_000;

/** A store in the memory of this process: the embedded default, whose values are lost at shutdown. */
export class MemoryStore<Value> implements ExpiringStore<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly groups = new Map<string, Set<string>>();
  private created = 0;

  constructor(
    private readonly monotonic: Clock,
    private readonly groupsOf: (value: Value) => readonly string[] = () => [],
  ) {}

  get(key: string): Promise<Value | undefined> {
    return Promise.resolve(this.peek(key));
  }

  peek(key: string): Value | undefined {
    return this.unexpired(key)?.value;
  }

  create(name: string, value: Value, lifetimeMs: number): Promise<boolean> {
    this.created += 1;
    if (this.created % SWEEP_EVERY === 0) for (const known of this.entries.keys()) this.unexpired(known);
    if (this.unexpired(name) !== undefined) return Promise.resolve(false);
    const key = copied(name);
    const groups = this.groupsOf(value);
    this.entries.set(key, { value, expiresAt: this.monotonic() + lifetimeMs, groups });
    for (const group of groups) {
      const members = this.groups.get(group);
      if (members === undefined) this.groups.set(group, new Set([key]));
      else members.add(key);
    }
    return Promise.resolve(true);
  }

  update(key: string, change: (stored: Value) => Replacement<Value>): Promise<boolean> {
    const entry = this.unexpired(key);
    if (entry === undefined) return Promise.resolve(false);
    const { value, lifetimeMs } = change(entry.value);
    entry.value = value;
    entry.expiresAt = this.monotonic() + lifetimeMs;
    return Promise.resolve(true);
  }

  remove(key: string): Promise<boolean> {
    const entry = this.unexpired(key);
    if (entry !== undefined) this.drop(key, entry);
    return Promise.resolve(entry !== undefined);
  }

  inGroup(group: string): Promise<ReadonlyMap<string, Value>> {
    const members = new Map<string, Value>();
    for (const key of [...(this.groups.get(group) ?? [])]) {
      const entry = this.unexpired(key);
      if (entry !== undefined) members.set(key, entry.value);
    }
    return Promise.resolve(members);
  }

  private unexpired(key: string): Entry<Value> | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.expiresAt > this.monotonic()) return entry;
    this.drop(key, entry);
    return undefined;
  }

  private drop(key: string, entry: Entry<Value>): void {
    this.entries.delete(key);
    for (const group of entry.groups) {
      const members = this.groups.get(group);
      members?.delete(key);
      if (members?.size === 0) this.groups.delete(group);
    }
  }
}
