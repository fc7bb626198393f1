import { type ExtractTablesWithRelations } from 'drizzle-orm';
import { type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.js';

/** Drizzle over either engine, and inside a transaction of either: one Postgres dialect serves both. */
export type Orm = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>;

/** Where the database announces changes of the directory (see the triggers in `migrations/`). */
export const CHANNEL = 'bff_directory';

/** @param whole the directory may be another one: everything must be read again */
export type ChangeListener = (whole: boolean) => Promise<void>;

/** The open database; a class, so that it can be injected. No query waits forever. */
export abstract class DatabaseConnection {
  abstract readonly orm: Orm;
  /** For what every request depends on: never behind those who wait for a lock. */
  abstract readonly reader: Orm;
  /** For operators' work on large tables, whose statements may take minutes. */
  abstract readonly maintenance: Orm;
  /** Whether the last contact with the database succeeded. */
  abstract isReachable(): boolean;
  /**
   * Calls back when the directory may have changed, by this process or another: at once, or at the latest after a second
   * while the database is reachable; and again after the callback failed.
   */
  abstract onChange(listener: ChangeListener): void;
  /** Returns after a few seconds at the latest. */
  abstract close(): Promise<void>;
}

/** The database directory belongs to another living process. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';

  constructor(readonly directory: string) {
    super(`The database ${directory} is in use by another process; stop that one first`);
  }
}
