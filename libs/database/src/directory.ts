import { eq, sql } from 'drizzle-orm';
import { CHANNEL, type DatabaseConnection, type Orm } from './connection.js';
import { directoryVersion } from './schema.js';

/**
 * Reads one part of the directory into memory. What it returns puts the part in force, and must not fail:
 * all parts are read in one transaction and put in force in one go, so that no request sees half a change.
 */
export type PartReader = (orm: Orm) => Promise<() => void>;

/** What a change did; `version` is the number under which it counts and grows with every change. */
export type Change<Result> = (orm: Orm, version: number) => Promise<Result>;

/** What became of a record that was put into the directory. */
export type PutOutcome = 'created' | 'updated' | 'unchanged';

/** Whoever waits for a lock in this transaction waits no longer than this: it fails, and gives its connection back. */
export async function waitBriefly(orm: Orm): Promise<void> {
  await orm.execute(sql`set local lock_timeout = '3s'`);
}

class RolledBack extends Error {
  constructor(readonly result: unknown) {
    super('Rolled back as asked');
  }
}

/** The directory's tables as one thing: read whole into memory, changed in transactions, announced to every node. */
export class Directory {
  private readonly parts: PartReader[] = [];
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private readonly lastWords: (() => Promise<void>)[] = [];

  constructor(private readonly connection: DatabaseConnection) {}

  /** Adds a part; it is empty until {@link start}. */
  register(part: PartReader): void {
    this.parts.push(part);
  }

  /** Reads every part, and again whenever the directory may have changed. */
  async start(): Promise<void> {
    await this.refresh();
    this.connection.onChange(() => this.refresh());
  }

  isReachable(): boolean {
    return this.connection.isReachable();
  }

  /**
   * Makes a change in one transaction, writers one after the other, and returns when this process reads it.
   * @param options.commit false: does everything but keep it
   * @throws whatever the change throws; then nothing has changed
   */
  async change<Result>(change: Change<Result>, options = { commit: true }): Promise<Result> {
    const result = await this.connection.orm
      .transaction(async (orm) => {
        const [row] = await orm.select().from(directoryVersion).for('update');
        await waitBriefly(orm);
        const version = (row?.version ?? 0) + 1;
        const result = await change(orm, version);
        if (!options.commit) throw new RolledBack(result);
        await orm.update(directoryVersion).set({ version }).where(eq(directoryVersion.id, 1));
        await orm.execute(sql`select pg_notify(${CHANNEL}, ${String(version)})`);
        return result;
      })
      .catch((error: unknown) => {
        if (error instanceof RolledBack) return error.result as Result;
        throw error;
      });
    if (options.commit) await this.refresh();
    return result;
  }

  /** Adds what is still to be written when the database is about to be closed. */
  beforeClose(write: () => Promise<void>): void {
    this.lastWords.push(write);
  }

  async close(): Promise<void> {
    for (const write of this.lastWords) await write();
    await this.connection.close();
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
    const putInForce = await this.connection.reader.transaction(
      async (orm) => {
        const read: (() => void)[] = [];
        for (const part of this.parts) read.push(await part(orm));
        return read;
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
    for (const put of putInForce) put();
  }
}
