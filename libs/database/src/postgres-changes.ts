import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { causeOf } from './cause.js';
import { CHANNEL, type ChangeListener } from './connection.js';
import { cutWhenSilent, endSoon } from './silence.js';

/** How often the version is read: the heartbeat of the connection, and the poll for lost notifications. */
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 2_000;
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/** A notification that this node sends to itself must arrive within this time. */
const ECHO_MS = 1_000;

const logger = new Logger('Postgres');

/**
 * Watches for changes on a separate connection: LISTEN, and a read of the version every second. A connection that
 * breaks or goes silent is replaced, and the whole directory is read again: the database behind it may be another one.
 */
export class PostgresChanges {
  reachable = true;
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private hasReportedPolling = false;
  /** The next version that is read may be that of another database. */
  private isReconnected = false;

  /**
   * @param notify sends a notification over another connection
   * @param onSilent called when the connection was closed because it was silent
   */
  constructor(
    private readonly url: Secret,
    private readonly notify: (payload: string) => Promise<void>,
    private readonly onSilent: () => void,
  ) {}

  start(listener: ChangeListener): void {
    this.watching = this.watch(listener);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(listener: ChangeListener): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.watchOnce(listener);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.reachable = false;
        this.isReconnected = true;
        logger.warn(`The connection that watches for changes was lost: ${causeOf(error)}`);
        await this.pause(RECONNECT_MS);
      }
    }
  }

  /** Watches until the connection breaks. @throws what broke it */
  private async watchOnce(listener: ChangeListener): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.reveal(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'bff directory changes',
    });
    // The query under way reports it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      cutWhenSilent(client, SILENCE_MS, this.onSilent);
      await this.listen(client, () => void this.announce(listener, false));
      this.reachable = true;
      await this.poll(client, listener);
    } finally {
      await endSoon(client);
    }
  }

  private async listen(client: pg.Client, onChange: () => void): Promise<void> {
    const echo = `echo ${randomUUID()}`;
    const echoed = new Promise<true>((arrived) => {
      client.on('notification', ({ payload = '' }) => {
        if (payload === echo) arrived(true);
        else if (!payload.startsWith('echo ')) onChange();
      });
    });
    await client.query(`listen ${CHANNEL}`).catch(keepConnection);
    await this.notify(echo).catch(() => undefined);
    if ((await Promise.race([echoed, this.pause(ECHO_MS)])) === true || this.hasReportedPolling) return;
    this.hasReportedPolling = true;
    logger.warn(
      'Notifications do not arrive over this connection (a pooler in transaction mode, or a standby): ' +
        `changes by other processes are found by a poll every ${HEARTBEAT_MS} ms`,
    );
  }

  private async poll(client: pg.Client, listener: ChangeListener): Promise<void> {
    let known: number | undefined;
    while (!this.stopping.signal.aborted) {
      const version = await readVersion(client);
      if (version !== known) {
        known = version;
        void this.announce(listener, this.isReconnected).then((isRead) => {
          if (!isRead) known = undefined;
        });
        this.isReconnected = false;
      }
      await this.pause(HEARTBEAT_MS);
    }
  }

  private async announce(listener: ChangeListener, whole: boolean): Promise<boolean> {
    try {
      await listener(whole);
      return true;
    } catch (error) {
      logger.error(`The directory cannot be read: ${causeOf(error)}`);
      return false;
    }
  }

  private pause(milliseconds: number): Promise<void> {
    const { signal } = this.stopping;
    return pause(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function readVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: string }>('select version from public.directory_version');
  return Number(rows[0]?.version ?? 0);
}

/** A refusal of the server, on a standby for example, leaves the connection usable. @throws any other error */
function keepConnection(error: unknown): void {
  if (!(error instanceof pg.DatabaseError)) throw error;
}
