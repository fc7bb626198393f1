import { type Checkpoint, parseCheckpoint } from '@bff/audit';
import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../exit.js';
import { type CommandContext } from './command-context.js';

const DAY_MS = 24 * 60 * 60_000;

/** Younger events are removed only with `--force`, so that a typing error does not delete recent evidence. */
const MIN_DAYS = 30;

interface PruneOptions {
  readonly olderThanDays: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function auditCommands({ execute, print, config }: CommandContext): Command {
  const audit = new Command('audit').description('Verifies, exports and maintains the audit log.');
  audit
    .command('verify')
    .description('Verifies every chain; if events were removed, edited or reordered, lists them and exits 1.')
    .option(
      '--checkpoint <line>',
      'also compare with a line printed by bff audit checkpoint',
      parseCheckpointLine,
    )
    .action(async ({ checkpoint }: { readonly checkpoint?: Checkpoint }) => {
      const input = checkpoint === undefined ? undefined : { checkpoint };
      const { events, chains, problems } = await execute('audit.verify', input);
      if (problems.length > 0) throw new Error(problems.join('\n'));
      print(`verified ${events} events in ${chains} chains`);
      if (checkpoint !== undefined) {
        const { counter, at } = checkpoint;
        print(
          `verified checkpoint ${counter} of ${new Date(at).toISOString()}: no rollback to an earlier state`,
        );
      }
    });
  audit
    .command('checkpoint')
    .description(
      'Prints a line to keep outside the database; bff audit verify --checkpoint compares with it.',
    )
    .action(async () => print(await execute('audit.checkpoint', undefined)));
  audit
    .command('export')
    .description('Prints every event as a line of JSON, oldest first.')
    .action(async () => {
      for (let after = Number.MIN_SAFE_INTEGER; ;) {
        const { records, last } = await execute('audit.export', { after });
        records.forEach(print);
        if (last === after) return;
        after = last;
      }
    });
  audit
    .command('reseal')
    .description(
      'Seals the heads of all chains again; accepts and audits those that do not match their seals.',
    )
    .action(async () => {
      const { chains, mismatches, anchor } = await execute('audit.reseal', undefined);
      mismatches.forEach((chain) => print(`${chain}: seal mismatch repaired; the repair is audited`));
      anchor.forEach((problem) => print(`accepted and audited: ${problem}`));
      print(`sealed ${chains} chains`);
    });
  audit
    .command('prune')
    .description('Removes old events and keeps a sealed checkpoint, with which the remaining events verify.')
    .requiredOption('--older-than-days <days>', 'the minimum age of the removed events, in days', parseDays)
    .option('--dry-run', 'print the events that would be removed without removing them')
    .option('--force', `also remove events of the last ${MIN_DAYS} days`)
    .action(async ({ olderThanDays, force, dryRun = false }: PruneOptions) => {
      if (olderThanDays < MIN_DAYS && force !== true && !dryRun) {
        throw new UsageError([`Events of the last ${MIN_DAYS} days are removed only with --force.`]);
      }
      const before = new Date(config().clock() - olderThanDays * DAY_MS).toISOString();
      const pruned = await execute('audit.prune', { before, dryRun });
      pruned.forEach(({ chain, events, from, to }) =>
        print(`${chain}: ${events} events from ${from} to ${to}`),
      );
      const total = pruned.reduce((sum, { events }) => sum + events, 0);
      print(`${dryRun ? 'would remove' : 'removed'} ${total} events from before ${before}`);
    });
  return audit;
}

function parseCheckpointLine(value: string): Checkpoint {
  const parsed = parseCheckpoint(value);
  if (parsed === null) throw new InvalidArgumentError('It must be a line printed by bff audit checkpoint.');
  return parsed;
}

function parseDays(value: string): number {
  if (/^\d{1,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number of days.');
}
