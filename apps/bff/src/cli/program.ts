import { type Readable } from 'node:stream';
import { type BffConfig, type EnvironmentVariables, loadConfig } from '@bff/config';
import { Command } from 'commander';
import { applyCommand } from './apply-command.js';
import { executeCommand, executeCommands } from './execute-command.js';
import { auditCommands } from './audit-commands.js';
import { type CommandContext } from './command-context.js';
import { keyCommands } from './keys-commands.js';
import { migrateCommand } from './migrate-command.js';
import { credentialCommands, tenantCommands } from './tenant-commands.js';
import { escapeControlCharacters, type Print } from './terminal.js';
import { userCommands } from './user-commands.js';

/**
 * The operator command line, `npm run bff -- <command>` (docs/contract.md section 2).
 * @param terminal displays progress; null if there is none
 */
export function operatorProgram(
  variables: EnvironmentVariables,
  input: Readable,
  write: Print,
  terminal: CommandContext['terminal'] = null,
): Command {
  const config = (): BffConfig => loadConfig(variables);
  const context: CommandContext = {
    variables,
    input,
    print: (line) => write(escapeControlCharacters(line)),
    config,
    execute: (command, commandInput) => executeCommand(config(), command, commandInput),
    executeAll: (work) => executeCommands(config(), work),
    terminal,
  };
  const program = new Command('bff').description('Operates the Sinch Provisioning BFF.').exitOverride();
  program.addCommand(applyCommand(context));
  program.addCommand(userCommands(context));
  program.addCommand(tenantCommands(context));
  program.addCommand(credentialCommands(context));
  program.addCommand(auditCommands(context));
  program.addCommand(keyCommands(context));
  program.addCommand(migrateCommand(context));
  const configCommand = program.command('config').description('Checks the configuration.');
  configCommand
    .command('check')
    .description(
      'Validates the configuration without starting the service; if it is invalid, lists all problems and exits 78.',
    )
    .action(() => {
      const { profile, frontends, warnings } = config();
      const origins = frontends.map(({ origin }) => origin).join(', ');
      for (const warning of warnings) context.print(`warning: ${warning}`);
      context.print(`The configuration is valid: profile ${profile}, ${origins}`);
    });
  return throwOnUsageError(program);
}

/** Makes a command and its subcommands throw instead of ending the process, also on wrong usage. */
function throwOnUsageError(command: Command): Command {
  command.exitOverride();
  command.commands.forEach(throwOnUsageError);
  return command;
}
