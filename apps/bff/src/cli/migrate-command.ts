import { DatabaseInUseError, migrateDatabase } from '@bff/database';
import { Command } from 'commander';
import { type CommandContext } from './command-context.js';

export function migrateCommand({ config, print }: CommandContext): Command {
  return new Command('migrate')
    .description(
      'Migrates the schema of the database to this release; waits while another process migrates it.',
    )
    .action(async () => {
      const applied = await migrateDatabase(config().database).catch((error: unknown) => {
        // The process that owns an embedded database migrated it when it started.
        if (error instanceof DatabaseInUseError) return [];
        throw error;
      });
      for (const name of applied) print(`applied ${name}`);
      if (applied.length === 0) print('the schema is up to date');
    });
}
