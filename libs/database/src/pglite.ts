import { mkdirSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { Logger } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { CHANNEL, DatabaseInUseError, type DatabaseConnection } from './connection.js';
import { MIGRATIONS } from './migrations.js';
import { OwnerSocket, type OwnerRequestHandler } from './owner-socket.js';
import { renewEmailKeys } from './renew-email-keys.js';
import * as schema from './schema.js';

const logger = new Logger('PGlite');

/** The socket that stands for owning an embedded database. */
export function ownerSocketPath(directory: string): string {
  return `${directory}.sock`;
}

/** Postgres inside this process; directory null keeps everything in memory. */
export async function openPglite(
  directory: string | null,
  handle: OwnerRequestHandler,
): Promise<DatabaseConnection> {
  const owner = directory === null ? null : await claim(directory, handle);
  try {
    const client = await PGlite.create(directory ?? 'memory://');
    const orm = drizzle({ client, schema });
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    await renewEmailKeys(orm);
    return {
      orm,
      reader: orm,
      isReachable: () => true,
      onChange: (listener) => {
        const announce = (): void =>
          void listener().catch((error: Error) =>
            logger.error(`The directory cannot be read: ${error.message}`),
          );
        void client.listen(CHANNEL, announce);
      },
      close: async () => {
        await owner?.close();
        await client.close();
      },
    };
  } catch (error) {
    await owner?.close();
    throw error;
  }
}

async function claim(directory: string, handle: OwnerRequestHandler): Promise<OwnerSocket> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const owner = await OwnerSocket.claim(ownerSocketPath(directory), handle);
  if (owner === null) throw new DatabaseInUseError(directory);
  return owner;
}
