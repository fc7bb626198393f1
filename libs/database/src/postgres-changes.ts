import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Secret } from '@bff/config';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { causeOf } from './cause.js';
import { CHANNEL, type ChangeListener } from './connection.js';
import { closeWhenSilent, endOrDestroy } from './silence.js';

/** Interval at which the version is read, as heartbeat of the connection and to find lost notifications. */
const HEARTBEAT_MS = 1_000;
/** A connection without traffic for this time is replaced. */
const SILENCE_MS = 2_000;
const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/** A notification that this node sends to itself must arrive within this time. */
const ECHO_MS = 1_000;

const logger = new Logger('Postgres');

/**
 * Watches for changes on a separate connection, with LISTEN and a read of the version every second. A broken
 * or silent connection is replaced, and the whole directory is read again, because the new one may lead to
 * another database.
 */
export class PostgresChanges {
  reachable = true;
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private hasReportedPolling = false;
  /** The next version may be that of another database. */
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

  /** Watches until the connection fails. @throws the error of the connection */
  private async watchOnce(listener: ChangeListener): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url.reveal(),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'bff directory changes',
    });
    // The current query reports the error.
    client.on('error', () => undefined);
    try {
      await client.connect();
      closeWhenSilent(client, SILENCE_MS, this.onSilent);
      await this.listen(client, () => void this.announce(listener, false));
      this.reachable = true;
      await this.poll(client, listener);
    } finally {
      await endOrDestroy(client);
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
    await client.query(`listen ${CHANNEL}`).catch(ignoreServerError);
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

/**
 * Ignores an error response of the server, for example of a standby: the connection remains usable.
 * @throws other errors
 */
function ignoreServerError(error: unknown): void {
  if (!(error instanceof pg.DatabaseError)) throw error;
}
