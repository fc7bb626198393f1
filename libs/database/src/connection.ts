import { type ExtractTablesWithRelations } from 'drizzle-orm';
import { type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.js';

/** Drizzle over either engine, and inside a transaction of either: one Postgres dialect serves both. */
export type Orm = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>;

/** Where changes of the directory are announced, in the transaction that makes them. */
export const CHANNEL = 'bff_directory';

/** The open database; a class, so that it can be injected. */
export abstract class DatabaseConnection {
  abstract readonly orm: Orm;
  /** For what every request depends on: never behind those who wait for a lock. */
  abstract readonly reader: Orm;
  /** Whether the last contact with the database succeeded. */
  abstract isReachable(): boolean;
  /**
   * Calls back whenever the directory may have changed, by this process or another, at the latest 5 s afterwards;
   * and again, where the callback failed.
   */
  abstract onChange(listener: () => Promise<void>): void;
  abstract close(): Promise<void>;
}

/** The database directory belongs to another living process. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';

  constructor(readonly directory: string) {
    super(`The database ${directory} is in use by another process; stop that one first`);
  }
}
