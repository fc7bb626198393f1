import { Command, InvalidArgumentError } from 'commander';
import { type Desk } from './desk.js';

const DAY_MS = 24 * 60 * 60_000;

export function auditCommands({ ask, print, config }: Desk): Command {
  const audit = new Command('audit').description('Looks after the audit trail.');
  audit
    .command('verify')
    .description('Proves every chain whole, or names what was removed, edited or reordered; then exit 1.')
    .action(async () => {
      const { events, chains, problems } = await ask('audit.verify', undefined);
      if (problems.length > 0) throw new Error(problems.join('\n'));
      print(`${events} events in ${chains} chains: whole`);
    });
  audit
    .command('export')
    .description('Every event, one line of JSON each, the oldest first.')
    .action(async () => {
      for (let after = Number.MIN_SAFE_INTEGER; ;) {
        const { records, last } = await ask('audit.export', { after });
        records.forEach(print);
        if (last === after) return;
        after = last;
      }
    });
  audit
    .command('reseal')
    .description('Seals the ends of all chains with the key that seals now: before an old key is dropped.')
    .action(async () => {
      const { chains, misfits } = await ask('audit.reseal', undefined);
      misfits.forEach((chain) =>
        print(`${chain}: its end did not fit its seal, and does now; that is on record`),
      );
      print(`${chains} chains sealed`);
    });
  audit
    .command('prune')
    .description('Removes old events; a sealed checkpoint stays, so that the rest can still be verified.')
    .requiredOption('--older-than-days <days>', 'how many days are kept', wholeDays)
    .action(async ({ olderThanDays }: { readonly olderThanDays: number }) => {
      const before = new Date(config().clock() - olderThanDays * DAY_MS).toISOString();
      print(`${await ask('audit.prune', { before })} events removed, all from before ${before}`);
    });
  return audit;
}

function wholeDays(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days.');
}
