import { hash, randomBytes } from 'node:crypto';
import { type Clock } from '@bff/config';
import { type Keyring } from '@bff/secrets';
import { Logger } from '@nestjs/common';
import { type ExpiringStore, NotInMemoryError, type Replacement } from '../expiring-store.js';
import { type RecordKind } from '../record-kind.js';
import { LocalCopies } from './local-copies.js';
import { RecentEnds, REMEMBERED_MS } from './recent-ends.js';
import { type DecodedRecord, END_PREFIX, RecordCodec, recordKey } from './record-codec.js';
import { CREATE, MEMBERS, REMOVE, REPLACE } from './record-scripts.js';
import { type RedisClient } from './redis-client.js';
import { type ConnectionListener, type RedisConnection } from './redis-connection.js';

/** Maximum number of records of one kind of which a node keeps copies. */
const MAX_COPIES = 150_000;
const ENDS_PER_COMMAND = 500;

interface Entry<Value> extends DecodedRecord<Value> {
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

export interface RedisStoreOptions {
  readonly connection: RedisConnection;
  readonly keyring: Keyring;
  readonly monotonic: Clock;
}

/** A store that all nodes share, with copies of recently used records in the memory of this node. */
export class RedisStore<Value> implements ExpiringStore<Value>, ConnectionListener {
  private readonly logger = new Logger('RedisStore');
  private readonly connection: RedisConnection;
  private readonly monotonic: Clock;
  private readonly codec: RecordCodec<Value>;
  /** Beginning of the keys of this kind's records in the shared store. */
  private readonly prefix: string;
  /** By key without the prefix, as it comes from the caller: another string would be hashed again on every look-up. */
  private readonly copies: LocalCopies<Entry<Value>>;
  private readonly ends: RecentEnds;

  constructor(
    private readonly kind: RecordKind<Value>,
    { connection, keyring, monotonic }: RedisStoreOptions,
  ) {
    this.connection = connection;
    this.monotonic = monotonic;
    this.codec = new RecordCodec(kind, keyring);
    this.prefix = recordKey(kind, '');
    const maxCopies = kind.copies === 'none' ? 0 : MAX_COPIES;
    this.copies = new LocalCopies(maxCopies, kind.copies === 'records-and-absence', monotonic);
    this.ends = new RecentEnds(monotonic);
    connection.addListener(this);
  }

  async get(key: string): Promise<Value | undefined> {
    return (await this.find(key))?.value;
  }

  peek(key: string): Value | undefined {
    const entry = this.copyOf(key);
    if (entry === undefined) throw new NotInMemoryError();
    return entry?.value;
  }

  async create(key: string, value: Value, lifetimeMs: number): Promise<boolean> {
    const recordKey = this.recordKey(key);
    const record = this.codec.encode(recordKey, { value, generation: newGeneration() });
    const created = await this.write(key, (client) =>
      CREATE.run(client, this.keysOf(recordKey, value), [record, lifetimeOf(lifetimeMs), key]),
    );
    return created === 1;
  }

  async update(key: string, change: (stored: Value) => Replacement<Value>): Promise<boolean> {
    const recordKey = this.recordKey(key);
    for (;;) {
      const entry = await this.find(key);
      if (entry === undefined) return false;
      const { value, lifetimeMs } = change(entry.value);
      const record = this.codec.encode(recordKey, { value, generation: newGeneration() });
      const replaced = await this.write(key, (client) =>
        REPLACE.run(client, this.keysOf(recordKey, value), [
          record,
          lifetimeOf(lifetimeMs),
          key,
          entry.generation,
        ]),
      );
      if (replaced !== -1) return replaced === 1;
    }
  }

  async remove(key: string): Promise<boolean> {
    const recordKey = this.recordKey(key);
    const value = (await this.find(key))?.value;
    const markMs = this.kind.uniqueKeys ? REMEMBERED_MS : 0;
    const removed = await this.write(key, (client) =>
      REMOVE.run(client, this.keysOf(recordKey, value), [markMs, key]),
    );
    if (this.kind.uniqueKeys) this.ends.add(key);
    return removed === 1;
  }

  async inGroup(group: string): Promise<ReadonlyMap<string, Value>> {
    const reply = await this.connection.run((client) =>
      MEMBERS.run(client, [this.groupKey(group)], [this.recordKey('')]),
    );
    const fields = reply as readonly (string | number)[];
    const members = new Map<string, Value>();
    for (let index = 0; index + 2 < fields.length; index += 3) {
      const [key, record, lifetimeMs] = fields.slice(index, index + 3);
      const entry = this.decode(this.recordKey(String(key)), String(record), Number(lifetimeMs));
      if (entry !== undefined) members.set(String(key), entry.value);
    }
    return members;
  }

  async connected(client: RedisClient, isOtherServer: boolean): Promise<void> {
    if (!isOtherServer) return;
    const keys = this.ends.keys().map((key) => this.recordKey(key));
    for (let start = 0; start < keys.length; start += ENDS_PER_COMMAND)
      await client.unlink(keys.slice(start, start + ENDS_PER_COMMAND));
  }

  /** Every node remembers every end, so that it applies them again itself, whichever node they came from. */
  invalidated(storedKey: string | null): void {
    if (storedKey === null) return this.copies.forgetAll();
    const isEnd = storedKey.startsWith(END_PREFIX);
    const start = isEnd ? END_PREFIX.length : 0;
    if (!storedKey.startsWith(this.prefix, start)) return;
    const key = storedKey.slice(start + this.prefix.length);
    if (isEnd) this.ends.add(key);
    else this.copies.forget(key);
  }

  private async find(key: string): Promise<Entry<Value> | undefined> {
    const copy = this.copyOf(key);
    if (copy === undefined) return this.copies.load(key, () => this.read(this.recordKey(key)));
    return copy ?? undefined;
  }

  /** Returns the entry of a key; null if the key is known to have none, undefined if nothing is known. */
  private copyOf(key: string): Entry<Value> | null | undefined {
    if (this.ends.has(key)) return null;
    return this.connection.isFresh ? this.copies.find(key) : undefined;
  }

  private async read(recordKey: string): Promise<Entry<Value> | undefined> {
    const [record, lifetimeMs] = await this.connection.run((client) =>
      // Not a transaction, which a server without free memory rejects. A change in between invalidates the copy.
      Promise.all([client.get(recordKey), client.pTTL(recordKey)]),
    );
    return record === null || lifetimeMs <= 0 ? undefined : this.decode(recordKey, record, lifetimeMs);
  }

  private async write(key: string, send: (client: RedisClient) => Promise<unknown>): Promise<unknown> {
    try {
      return await this.connection.run(send);
    } finally {
      this.copies.forget(key);
    }
  }

  /** A record that cannot be read counts as absent. */
  private decode(recordKey: string, record: string, lifetimeMs: number): Entry<Value> | undefined {
    try {
      const { value, generation } = this.codec.decode(recordKey, record);
      return { value, generation, expiresAt: this.monotonic() + lifetimeMs };
    } catch (error) {
      this.logger.warn(`A record of kind ${this.kind.name} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  private keysOf(recordKey: string, value: Value | undefined): readonly string[] {
    const groups = value === undefined ? [] : (this.kind.groupsOf?.(value) ?? []);
    return [recordKey, END_PREFIX + recordKey, ...groups.map((group) => this.groupKey(group))];
  }

  private recordKey(key: string): string {
    return this.prefix + key;
  }

  /**
   * Groups contain ids of users and of provider sessions, which the server does not need to know; 128 bits of a hash tell
   * them apart.
   */
  private groupKey(group: string): string {
    return `bff:g:${this.kind.name}:${hash('sha256', group, 'base64url').slice(0, 22)}`;
  }
}

/** Random, so that a record that is removed and created again is never taken for the earlier one. */
function newGeneration(): string {
  return String(randomBytes(6).readUIntBE(0, 6));
}

/** Redis expires keys after whole milliseconds, at least one. */
function lifetimeOf(lifetimeMs: number): number {
  return Math.max(1, Math.ceil(lifetimeMs));
}
