import { type BffConfig } from '@bff/config';
import { askOwner, Directory, openDatabase, ownerSocketPath } from '@bff/database';
import { encryptionKeys, Keyring } from '@bff/secrets';
import {
  type CommandAnswer,
  type DirectoryCommand,
  DirectoryCommands,
} from '../directory-file/directory-commands.js';

/**
 * Has a command carried out: by the service, where it runs and owns an embedded directory, else by this process.
 * @throws DatabaseInUseError, or what the database says
 */
export async function runDirectoryCommand(
  config: BffConfig,
  command: DirectoryCommand,
): Promise<CommandAnswer> {
  const { database } = config;
  if (database.kind === 'pglite' && database.directory !== null) {
    const asked = await askOwner(ownerSocketPath(database.directory), command);
    if (asked !== undefined) return asked.answer as CommandAnswer;
  }
  const keyring = new Keyring(encryptionKeys(config));
  const opened: { commands?: DirectoryCommands } = {};
  const directory = new Directory(
    await openDatabase(database, async (request) =>
      opened.commands === undefined
        ? { failure: 'The directory is being opened; try again' }
        : opened.commands.execute(request as DirectoryCommand),
    ),
  );
  opened.commands = new DirectoryCommands(directory, keyring);
  try {
    return await opened.commands.execute(command);
  } finally {
    await directory.close();
  }
}
