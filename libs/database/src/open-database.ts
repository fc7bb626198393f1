import { type DatabaseSettings } from '@bff/config';
import { type DatabaseConnection } from './connection.js';
import { type OwnerRequestHandler } from './owner-socket.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';
import { migratePostgres } from './postgres-migration.js';

/**
 * Opens the database.
 * @param handle handles requests that other processes send to the owner of an embedded database
 * @param migrates whether its schema is migrated; false: it must be current
 * @throws DatabaseInUseError if another process owns the embedded database; ConfigurationError if the schema is older
 * than this release and is not migrated
 */
export function openDatabase(
  settings: DatabaseSettings,
  handle: OwnerRequestHandler,
  migrates = true,
): Promise<DatabaseConnection> {
  switch (settings.kind) {
    case 'pglite':
      return openPglite(settings.directory, handle, migrates);
    case 'postgres':
      return openPostgres(settings.url, migrates);
  }
}

/**
 * Migrates the schema, after a migration by another process.
 * @returns the names of the applied migrations
 * @throws DatabaseInUseError if another process owns the embedded database
 */
export async function migrateDatabase(settings: DatabaseSettings): Promise<readonly string[]> {
  switch (settings.kind) {
    case 'pglite': {
      const noRequests: OwnerRequestHandler = () =>
        Promise.reject(new Error('The database is being migrated'));
      const connection = await openPglite(settings.directory, noRequests, true);
      await connection.close();
      return connection.applied;
    }
    case 'postgres':
      return migratePostgres(settings.url);
  }
}
