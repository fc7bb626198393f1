import { type ExtractTablesWithRelations } from 'drizzle-orm';
import { type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.js';

/** Drizzle over PostgreSQL or PGlite, which have the same dialect, or inside a transaction of either. */
export type Orm = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>;

/** The notification channel for changes of the directory (see the triggers in `migrations/`). */
export const CHANNEL = 'bff_directory';

/** @param whole everything must be read again, because the connection may lead to another database */
export type ChangeListener = (whole: boolean) => Promise<void>;

/** The open database; an abstract class, so that it can be injected. Every query has a deadline. */
export abstract class DatabaseConnection {
  abstract readonly orm: Orm;
  /** For reads that every request depends on; they never queue behind statements that wait for a lock. */
  abstract readonly reader: Orm;
  /** For maintenance of large tables by operators, whose statements may take minutes. */
  abstract readonly maintenance: Orm;
  /** Whether the last contact with the database succeeded. */
  abstract isReachable(): boolean;
  /**
   * Calls back when this or another process may have changed the directory: within one second while the
   * database is reachable, and again after the callback failed.
   */
  abstract onChange(listener: ChangeListener): void;
  /** Returns within a few seconds, even if the database does not respond. */
  abstract close(): Promise<void>;
}

/** Another running process owns the database directory. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';

  constructor(readonly directory: string) {
    super(`The database ${directory} is in use by another process; stop that one first`);
  }
}
