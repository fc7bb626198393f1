import { setTimeout } from 'node:timers/promises';
import { type BffConfig } from '@bff/config';
import { askOwner, DatabaseInUseError, Directory, openDatabase, ownerSocketPath } from '@bff/database';
import { encryptionKeys, Keyring } from '@bff/secrets';
import {
  type CommandAnswer,
  type DirectoryCommand,
  DirectoryCommands,
} from '../directory-file/directory-commands.js';

/** An embedded database changes hands within a second or two; for so long it is tried again. */
const ATTEMPTS = 50;
const PAUSE_MS = 200;

/**
 * Has a command carried out: by the process that owns the embedded database, if there is one, else by this process.
 * Commands may be repeated, so one that was caught in a change of owners is handed over again.
 * @throws what the database says
 */
export async function runDirectoryCommand(
  config: BffConfig,
  command: DirectoryCommand,
): Promise<CommandAnswer> {
  const { database } = config;
  if (database.kind !== 'pglite' || database.directory === null) return runHere(config, command);
  const path = ownerSocketPath(database.directory);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const asked = await askOwner(path, command);
      return asked === undefined ? await runHere(config, command) : (asked.answer as CommandAnswer);
    } catch (error) {
      if (attempt === ATTEMPTS || !isChangeOfOwners(error)) throw error;
    }
    await setTimeout(PAUSE_MS);
  }
}

function isChangeOfOwners(error: unknown): boolean {
  return error instanceof DatabaseInUseError || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
}

async function runHere(config: BffConfig, command: DirectoryCommand): Promise<CommandAnswer> {
  const keyring = new Keyring(encryptionKeys(config));
  const { promise: opened, resolve: open } = Promise.withResolvers<DirectoryCommands>();
  const connection = await openDatabase(config.database, async (request) =>
    (await opened).execute(request as DirectoryCommand),
  );
  const directory = new Directory(connection);
  const commands = new DirectoryCommands(directory, keyring);
  open(commands);
  try {
    return await commands.execute(command);
  } finally {
    await directory.close();
  }
}
