import { setTimeout as pause } from 'node:timers/promises';
import { type ChangedRows, readChangedRows } from './changed-rows.js';
import { codeOf } from './cause.js';
import { type DatabaseConnection, type Orm } from './connection.js';
import { inTime } from './in-time.js';
import { directoryVersion } from './schema.js';
import { Turns } from './turns.js';

/**
 * Reads one part of the directory into memory. What it returns puts the part in force, and must not fail:
 * all parts are read in one transaction and put in force in one go, so that no request sees half a change.
 * @param changed the rows that changed since the part was read last; null: everything is read. Rows that did not change
 * keep their objects.
 */
export type PartReader = (orm: Orm, changed: ChangedRows | null) => Promise<() => void>;

/** What a change did; `version` is the number under which it counts and grows with every change. */
export type Change<Result> = (orm: Orm, version: number) => Promise<Result>;

/** What became of a record that was put into the directory. */
export type PutOutcome = 'created' | 'updated' | 'unchanged';

export interface ChangeOptions {
  /** false: does everything but keep it. */
  readonly commit?: boolean;
  /** The change is rolled back when it takes longer, waiting for other changes included. */
  readonly withinMs?: number;
}

/** Maximum wait of a person. */
const WITHIN_MS = 5_000;
const LAST_WRITE_MS = 5_000;

/** PostgreSQL error codes, appendix A. */
const LOCK_NOT_AVAILABLE = '55P03';

class RolledBack extends Error {
  constructor(readonly result: unknown) {
    super('Rolled back as asked');
  }
}

/** Another process changes the directory. */
class VersionLockedError extends Error {
  override readonly name = 'VersionLockedError';
}

/** The directory's tables as one thing: read into memory, changed in transactions, announced to every node by triggers. */
export class Directory {
  private readonly parts: PartReader[] = [];
  /** The version that is in memory; undefined: everything must be read. */
  private version: number | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private mustReadAll = true;
  /** Of this process at most one connection waits for the lock. */
  private readonly changes = new Turns();
  private readonly lastWords: (() => Promise<void>)[] = [];

  constructor(private readonly connection: DatabaseConnection) {}

  /** Adds a part; it is empty until {@link start}. */
  register(part: PartReader): void {
    this.parts.push(part);
  }

  /** Reads every part, and what changed whenever the directory may have changed. */
  async start(): Promise<void> {
    await this.refresh();
    this.connection.onChange((whole) => {
      this.mustReadAll ||= whole;
      return this.refresh();
    });
  }

  isReachable(): boolean {
    return this.connection.isReachable();
  }

  /**
   * Makes a change in one transaction, writers one after the other, and returns when this process reads it.
   * @throws whatever the change throws, or DeadlineError; then nothing has changed
   */
  async change<Result>(
    change: Change<Result>,
    { commit = true, withinMs = WITHIN_MS }: ChangeOptions = {},
  ): Promise<Result> {
    const result = await inTime(withinMs, (keep, signal) => {
      const transaction: Change<Result> = async (orm, version) => {
        const result = await change(orm, version);
        if (!commit) throw new RolledBack(result);
        keep();
        return result;
      };
      return this.changes.run(() => this.attempt(transaction, signal));
    });
    // A first attempt may meet a connection that has gone silent; it is replaced then.
    if (commit) await this.refresh().catch(() => this.refresh());
    return result;
  }

  /** Adds what is still to be written when the database is about to be closed. */
  beforeClose(write: () => Promise<void>): void {
    this.lastWords.push(write);
  }

  /** Returns after a bounded time, whatever the database does. */
  async close(): Promise<void> {
    for (const write of this.lastWords) {
      await Promise.race([write(), pause(LAST_WRITE_MS, undefined, { ref: false })]);
    }
    await this.connection.close();
  }

  /** Waits for the lock of another process in slices of the database's lock time-out, until the deadline of the caller. */
  private async attempt<Result>(change: Change<Result>, signal: AbortSignal): Promise<Result> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.connection.orm.transaction(async (orm) =>
          change(orm, (await lockVersion(orm)) + 1),
        );
      } catch (error) {
        if (error instanceof RolledBack) return error.result as Result;
        if (!(error instanceof VersionLockedError)) throw error;
      }
    }
  }

  /** A refresh asked for during another one starts after it, since that one may have read too early; once for all who ask. */
  private refresh(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.read().finally(() => (this.running = undefined));
      return this.running;
    }
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.refresh();
      });
    return this.next;
  }

  private async read(): Promise<void> {
    const known = this.mustReadAll ? undefined : this.version;
    this.mustReadAll = false;
    try {
      await this.readAfter(known);
    } catch (error) {
      this.mustReadAll ||= known === undefined;
      throw error;
    }
  }

  private async readAfter(known: number | undefined): Promise<void> {
    const publish = await this.connection.reader.transaction(
      async (orm) => {
        const version = await readVersion(orm);
        if (version === known) return () => undefined;
        const changed = known === undefined ? null : await readChangedRows(orm, known, version);
        const parts: (() => void)[] = [];
        for (const part of this.parts) parts.push(await part(orm, changed));
        return () => {
          for (const put of parts) put();
          this.version = version;
        };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
    publish();
  }
}

async function readVersion(orm: Orm): Promise<number> {
  const [row] = await orm.select().from(directoryVersion);
  return row?.version ?? 0;
}

/** @throws VersionLockedError when another session holds the lock for too long */
async function lockVersion(orm: Orm): Promise<number> {
  try {
    const [row] = await orm.select().from(directoryVersion).for('update');
    return row?.version ?? 0;
  } catch (error) {
    if (codeOf(error) === LOCK_NOT_AVAILABLE) throw new VersionLockedError('Locked', { cause: error });
    throw error;
  }
}
