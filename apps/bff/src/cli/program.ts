import { type EnvironmentVariables, loadConfig } from '@bff/config';
import { Command } from 'commander';
import { type ApplyOptions } from '../directory-file/apply-directory.js';
import { DirectoryFileError } from '../directory-file/directory-document.js';
import { DirectorySource } from '../directory-file/directory-source.js';
import { runDirectoryCommand } from './run-directory-command.js';

/** Writes one line for the operator. */
export type Print = (line: string) => void;

/** `npm run bff -- <command>`: what an operator does from a terminal (contract.md section 2). */
export function operatorProgram(variables: EnvironmentVariables, print: Print): Command {
  const program = new Command('bff').description('Operates the Sinch Provisioning BFF.').exitOverride();
  program
    .command('apply')
    .description('Puts the tenants, users and admin credentials of a directory file into the directory.')
    .argument('<file>', 'YAML; ${NAME} is taken from the environment')
    .option('--dry-run', 'say what would change, and change nothing', false)
    .option('--prune', 'remove what the lists in the file do not name; never the last admin', false)
    .option('--if-empty', 'do nothing where the directory holds records already', false)
    .action((file: string, options: ApplyOptions) => apply(file, options, variables, print));
  const config = program.command('config').description('Looks at the configuration.');
  config
    .command('check')
    .description('Judges the environment as the service would; every problem on a line, exit 78.')
    .action(() => {
      const { profile, frontends } = loadConfig(variables);
      print(
        `The configuration is valid: profile ${profile}, ${frontends.map(({ origin }) => origin).join(', ')}`,
      );
    });
  return program;
}

async function apply(
  file: string,
  options: ApplyOptions,
  variables: EnvironmentVariables,
  print: Print,
): Promise<void> {
  const config = loadConfig(variables);
  const source = DirectorySource.read(file, variables);
  const dryRun = options.dryRun || source.problems.length > 0;
  const answer = await runDirectoryCommand(config, {
    command: 'apply',
    document: source.values,
    options: { ...options, dryRun },
  });
  const found = 'problems' in answer ? answer.problems.map((sentence) => source.withLine(sentence)) : [];
  const problems = [...source.problems, ...found];
  if (problems.length > 0) throw new DirectoryFileError(problems);
  if ('failure' in answer) throw new Error(answer.failure);
  const report = 'report' in answer ? answer.report : [];
  for (const { record, outcome } of report) print(`${record}: ${outcome}`);
  if (report.length === 0) print('Nothing to apply');
  if (options.dryRun) print('This was a dry run: nothing has changed');
}
