import { type DatabaseSettings } from '@bff/config';
import { type DatabaseConnection } from './connection.js';
import { type OwnerRequestHandler } from './owner-socket.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';

/**
 * Opens the database and migrates its schema.
 * @param handle handles requests that other processes send to the owner of an embedded database
 * @throws DatabaseInUseError if another process owns the embedded database
 */
export function openDatabase(
  settings: DatabaseSettings,
  handle: OwnerRequestHandler,
): Promise<DatabaseConnection> {
  switch (settings.kind) {
    case 'pglite':
      return openPglite(settings.directory, handle);
    case 'postgres':
      return openPostgres(settings.url);
  }
}
