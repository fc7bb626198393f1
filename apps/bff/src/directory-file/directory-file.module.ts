import { Directory, OwnerRequests } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { Module } from '@nestjs/common';
import { type DirectoryCommand, DirectoryCommands } from './directory-commands.js';

/** While the service owns the embedded directory it answers the commands of `bff` (architecture.md decision 6). */
@Module({})
export class DirectoryFileModule {
  constructor(requests: OwnerRequests, directory: Directory, keyring: Keyring) {
    const commands = new DirectoryCommands(directory, keyring);
    requests.answerWith((request) => commands.execute(request as DirectoryCommand));
  }
}
