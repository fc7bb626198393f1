import { type Clock, type RedisSettings } from '@bff/config';
import { type Keyring } from '@bff/secrets';
import { type ExpiringStore } from '../expiring-store.js';
import { type RecordKind } from '../record-kind.js';
import { type SlidingWindows } from '../sliding-windows.js';
import { State } from '../state.js';
import { ANNOUNCE } from './record-scripts.js';
import { RedisConnection } from './redis-connection.js';
import { RedisStore } from './redis-store.js';
import { RedisWindows } from './redis-windows.js';

/** The state that all nodes share in Redis or Valkey. */
export class RedisState extends State {
  override readonly isShared = true;
  private readonly connection: RedisConnection;

  constructor(
    settings: RedisSettings,
    private readonly keyring: Keyring,
    private readonly monotonic: Clock,
  ) {
    super();
    this.connection = new RedisConnection(settings, monotonic);
  }

  override get problem(): string | null {
    return this.connection.problem;
  }

  override store<Value>(kind: RecordKind<Value>): ExpiringStore<Value> {
    const { connection, keyring, monotonic } = this;
    return new RedisStore<Value>(kind, { connection, keyring, monotonic });
  }

  override windows(name: string, windowMs: number): SlidingWindows {
    return new RedisWindows(this.connection, name, windowMs);
  }

  /** Not sealed, because nodes with other keys must be able to read it: the text must not contain secrets. */
  override async announce(node: string, text: string, lifetimeMs: number): Promise<readonly string[]> {
    const reply = await this.connection.run((client) =>
      ANNOUNCE.run(client, ['bff:nodes'], [node, text, lifetimeMs]),
    );
    return reply as readonly string[];
  }

  /** Connects; until then every method of a store fails. Must be called after the stores exist. */
  start(): void {
    this.connection.start();
  }

  close(): void {
    this.connection.close();
  }
}
