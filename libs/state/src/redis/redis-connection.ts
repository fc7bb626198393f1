import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, type RedisSettings } from '@bff/config';
import { Problem } from '@bff/problems';
import { Logger } from '@nestjs/common';
import { END_PREFIX, RECORD_PREFIX } from './record-codec.js';
import { CREATE } from './record-scripts.js';
import { newClient, type RedisClient } from './redis-client.js';
import { currentServer } from './sentinels.js';
import { readInformation } from './server-information.js';

/** Maximum wait of a request for the store (docs/contract.md section 4). */
const ANSWER_TIMEOUT_MS = 500;
const PING_INTERVAL_MS = 250;
/** Time after which a connection that does not answer is replaced. */
const GIVE_UP_MS = 2_000;
/** Maximum age of an answered ping while copies in memory are used (docs/decisions/0028-expiring-state-in-redis.md). */
const FRESH_MS = 1_500;
const RETRY_MS = 500;
/** Minimum interval between log lines of the same failure. */
const LOG_INTERVAL_MS = 10_000;

/** Errors of a server that another connection may not have, such as one to the new master after a failover. */
const RECONNECT_ON = new Set(['READONLY', 'LOADING', 'MASTERDOWN', 'MOVED', 'CLUSTERDOWN', 'NOAUTH']);

/** Is told about the connection by {@link RedisConnection}. */
export interface ConnectionListener {
  /**
   * A connection was made, and is used for nothing else before the promise resolves.
   * @param isOtherServer whether the server is another one than before, or was restarted
   */
  connected(client: RedisClient, isOtherServer: boolean): Promise<void>;
  /** A record or a mark of an end has changed, or any may have (null). */
  invalidated(key: string | null): void;
}

/**
 * Keeps one connection to the Redis server. Commands fail at once while the server does not answer, so that
 * no request waits longer than {@link ANSWER_TIMEOUT_MS} and nothing accumulates in memory.
 */
export class RedisConnection {
  private readonly logger = new Logger('Redis');
  private readonly listeners: ConnectionListener[] = [];
  private readonly closing = new AbortController();
  private readonly loggedAt = new Map<string, number>();
  private client: RedisClient | null = null;
  private isAnswering = false;
  /** Monotonic time at which the last answered ping was sent. */
  private pongAt = -Infinity;
  private runId: string | null = null;
  private failure = 'not connected yet';

  constructor(
    private readonly settings: RedisSettings,
    private readonly monotonic: Clock,
  ) {}

  addListener(listener: ConnectionListener): void {
    this.listeners.push(listener);
  }

  /** Connects, and reconnects until {@link close}. */
  start(): void {
    void this.keepConnected();
  }

  close(): void {
    this.closing.abort();
    this.client?.destroy();
  }

  /** The reason why the store is unavailable, or null if it is available. */
  get problem(): string | null {
    return this.client !== null && this.isAnswering ? null : this.failure;
  }

  /** Whether invalidations are known to arrive. */
  get isFresh(): boolean {
    return this.problem === null && this.monotonic() - this.pongAt < FRESH_MS;
  }

  /** Sends commands. @throws Problem `bff_session_store_unavailable` */
  async run<Result>(send: (client: RedisClient) => Promise<Result>): Promise<Result> {
    const { client } = this;
    if (client === null || !this.isAnswering) throw unavailable(this.failure);
    const deadline = Promise.withResolvers<never>();
    let late: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // After a pause of this process the answer may be there, and is read before the next immediate.
      late = setImmediate(() => {
        this.isAnswering = false;
        deadline.reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
      });
    }, ANSWER_TIMEOUT_MS);
    try {
      return await Promise.race([send(client), deadline.promise]);
    } catch (error) {
      const { message } = error as Error;
      this.noteFailure(message);
      if (RECONNECT_ON.has(codeOf(message))) client.destroy();
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
      clearImmediate(late);
    }
  }

  private async keepConnected(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.useOneConnection();
      } catch (error) {
        if (!signal.aborted) this.noteFailure((error as Error).message);
      }
      await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @throws the error that ended the connection */
  private async useOneConnection(): Promise<void> {
    const client = newClient(await currentServer(this.settings), this.settings);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    client.on('error', (error: Error) => lost.reject(error));
    client.on('end', () => lost.reject(new Error('the connection was closed')));
    client.on('invalidate', (key: Buffer | string | null) =>
      this.invalidate(key === null ? null : String(key)),
    );
    try {
      await client.connect();
      this.client = client;
      if (this.closing.signal.aborted) return;
      await Promise.race([this.prepare(client), lost.promise]);
      const pings = setInterval(this.pinger(client), PING_INTERVAL_MS).unref();
      try {
        this.isAnswering = true;
        this.pongAt = this.monotonic();
        this.logger.log('Connected to the session store.');
        await lost.promise;
      } finally {
        clearInterval(pings);
      }
    } finally {
      this.isAnswering = false;
      this.client = null;
      this.invalidate(null);
      if (client.isOpen) client.destroy();
    }
  }

  private async prepare(client: RedisClient): Promise<void> {
    // The server tells every node about every record and every end, and does not need to remember which node read which one.
    await client.clientTracking(false);
    await client.clientTracking(true, { BCAST: true, PREFIX: [RECORD_PREFIX, END_PREFIX] });
    const { runId, warning } = readInformation(await client.info());
    if (warning !== null) this.logger.warn(warning);
    await assertWritable(client);
    const isOtherServer = this.runId !== null && this.runId !== runId;
    for (const listener of this.listeners) await listener.connected(client, isOtherServer);
    this.runId = runId;
  }

  private pinger(client: RedisClient): () => void {
    let sentAt: number | null = null;
    const check = (): void => {
      const waitedMs = sentAt === null ? 0 : this.monotonic() - sentAt;
      if (waitedMs >= ANSWER_TIMEOUT_MS) this.isAnswering = false;
      if (waitedMs >= GIVE_UP_MS) client.destroy();
    };
    return () => {
      if (sentAt !== null) {
        setImmediate(check);
        return;
      }
      const now = this.monotonic();
      sentAt = now;
      client.ping().then(
        () => {
          this.pongAt = now;
          this.isAnswering = true;
          sentAt = null;
        },
        () => client.isOpen && client.destroy(),
      );
    };
  }

  private invalidate(key: string | null): void {
    for (const listener of this.listeners) listener.invalidated(key);
  }

  private noteFailure(message: string): void {
    this.failure = message;
    const now = this.monotonic();
    const kind = codeOf(message);
    if (now - (this.loggedAt.get(kind) ?? -Infinity) < LOG_INTERVAL_MS) return;
    if (this.loggedAt.size > 20) this.loggedAt.clear();
    this.loggedAt.set(kind, now);
    this.logger.error(`The session store is unavailable: ${message}`);
  }
}

/**
 * Writes a record that expires at once, so that a server that refuses every write, such as for want of a permission, counts
 * as unavailable. One without free memory still serves reads and removals.
 */
async function assertWritable(client: RedisClient): Promise<void> {
  const [record, group] = [`${RECORD_PREFIX}probe`, 'bff:g:probe'];
  try {
    await CREATE.run(client, [record, END_PREFIX + record, group], ['', 1, 'probe']);
  } catch (error) {
    if (codeOf((error as Error).message) !== 'OOM') throw error;
  }
}

/** The first word of an error reply is its code. */
function codeOf(message: string): string {
  return message.split(' ', 1)[0] ?? '';
}

function unavailable(cause: unknown): Problem {
  return new Problem('bff_session_store_unavailable', { cause, retryAfter: '1' });
}
