import { setTimeout as pause } from 'node:timers/promises';
import { type ChangedRows, readChangedRows } from './changed-rows.js';
import { codeOf } from './cause.js';
import { type DatabaseConnection, type Orm } from './connection.js';
import { inTime } from './in-time.js';
import { directoryVersion } from './schema.js';
import { SerialQueue } from './serial-queue.js';

/**
 * Reads one part of the directory into memory. All parts are read in one transaction and published together,
 * so that no request sees half of a change.
 * @param changed the rows that changed since the last read; null: everything is read. Unchanged rows keep
 * their objects.
 * @returns a function that publishes the part; it must not fail
 */
export type PartReader = (orm: Orm, changed: ChangedRows | null) => Promise<() => void>;

/** A change within its transaction; `version` is the version of the directory that it creates. */
export type Change<Result> = (orm: Orm, version: number) => Promise<Result>;

/** The result of writing a record to the directory. */
export type PutOutcome = 'created' | 'updated' | 'unchanged';

export interface ChangeOptions {
  /** False: performs the change and rolls it back. */
  readonly commit?: boolean;
  /** Deadline in milliseconds, including the wait for other changes; on timeout the change is rolled back. */
  readonly withinMs?: number;
}

/** Default deadline of a change, which a user waits for. */
const WITHIN_MS = 5_000;
/** Maximum duration of each write before the database is closed. */
const CLOSE_HOOK_MS = 5_000;

/** PostgreSQL error codes, appendix A. */
const LOCK_NOT_AVAILABLE = '55P03';

class RolledBack extends Error {
  constructor(readonly result: unknown) {
    super('Rolled back because of commit: false');
  }
}

/** Another process holds the lock of the version row. */
class VersionLockedError extends Error {
  override readonly name = 'VersionLockedError';
}

/**
 * The directory: its tables are read into memory and changed in transactions; triggers announce changes to
 * every node.
 */
export class Directory {
  private readonly parts: PartReader[] = [];
  /** The published version; undefined until the first read. */
  private version: number | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private mustReadAll = true;
  /**
   * Serializes changes, so that at most one connection of this process waits for the lock of the version row.
   */
  private readonly changes = new SerialQueue();
  private readonly closeHooks: (() => Promise<void>)[] = [];

  constructor(private readonly connection: DatabaseConnection) {}

  /** Adds a part; it is empty until {@link start}. */
  register(part: PartReader): void {
    this.parts.push(part);
  }

  /** Reads every part, and reads the changed rows whenever the directory may have changed. */
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
   * Performs a change in one transaction, serialized with other changes, and returns after this process has
   * published it.
   * @throws DeadlineError, or the error of the change; then nothing has changed
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
    // The first attempt may use a silent connection, which is replaced after its failure.
    if (commit) await this.refresh().catch(() => this.refresh());
    return result;
  }

  /** Registers a write that runs before the database is closed. */
  beforeClose(write: () => Promise<void>): void {
    this.closeHooks.push(write);
  }

  /** Runs the registered writes and closes the database, each with a deadline. */
  async close(): Promise<void> {
    for (const write of this.closeHooks) {
      await Promise.race([write(), pause(CLOSE_HOOK_MS, undefined, { ref: false })]);
    }
    await this.connection.close();
  }

  /** Repeats the transaction after each lock timeout of the database, until the deadline of the caller. */
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

  /**
   * A call during a refresh starts one more after it, shared by all callers, because the first may have read
   * too early.
   */
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
          for (const publishPart of parts) publishPart();
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

/** @throws VersionLockedError if the lock times out */
async function lockVersion(orm: Orm): Promise<number> {
  try {
    const [row] = await orm.select().from(directoryVersion).for('update');
    return row?.version ?? 0;
  } catch (error) {
    if (codeOf(error) === LOCK_NOT_AVAILABLE) throw new VersionLockedError('Locked', { cause: error });
    throw error;
  }
}
