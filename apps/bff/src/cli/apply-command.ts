import { type ApplyOptions, DirectoryFileError } from '@bff/directory';
import { Command } from 'commander';
import { DirectorySource } from './directory-source.js';
import { type CommandContext } from './command-context.js';

export function applyCommand(context: CommandContext): Command {
  return new Command('apply')
    .description('Applies the tenants, users and admin credentials of a directory file.')
    .argument('<file>', 'a YAML file; ${NAME} is replaced with the environment variable')
    .option('--dry-run', 'print the changes without applying them', false)
    .option('--prune', 'remove records that the file does not list, except the last admin', false)
    .option('--if-empty', 'do nothing if the directory has records', false)
    .action((file: string, options: ApplyOptions) => apply(context, file, options));
}

async function apply(
  { config, variables, execute, print }: CommandContext,
  file: string,
  options: ApplyOptions,
): Promise<void> {
  config();
  const source = DirectorySource.read(file, variables);
  const dryRun = options.dryRun || source.problems.length > 0;
  const report = await execute('apply', {
    document: source.values,
    options: { ...options, dryRun },
  }).catch((error: unknown) => {
    if (!(error instanceof DirectoryFileError)) throw error;
    const found = error.problems.map((problem) => source.withLineNumber(problem));
    throw new DirectoryFileError([...source.problems, ...found]);
  });
  if (source.problems.length > 0) throw new DirectoryFileError(source.problems);
  for (const { record, outcome } of report) print(`${record}: ${outcome}`);
  if (report.length === 0) print('nothing to apply');
  if (options.dryRun) print('dry run: nothing was changed');
}
