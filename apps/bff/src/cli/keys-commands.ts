import { EMBEDDED_KEY_ID } from '@bff/config';
import { STORED_KINDS } from '@bff/secrets';
import { Command } from 'commander';
import { type CommandContext, type Execute } from './command-context.js';
import { type KeyReport } from './key-operations.js';
import { rotateKeys } from './key-rotation.js';
import { recordPages } from './record-pages.js';
import { jsonLine } from './terminal.js';

export function keyCommands(context: CommandContext): Command {
  const keys = new Command('keys').description('Rotates the encryption keys of BFF_ENCRYPTION_KEYS.');
  keys
    .command('rotate')
    .description(
      'Seals every stored record with the first key while the service runs; after an interruption, run it again.',
    )
    .action(() => rotateKeys(context));
  keys
    .command('status')
    .description(
      'Prints the number of records under each key, one line of JSON per key; exits 1 if a record names a key that is not configured.',
    )
    .action(() => context.executeAll((execute) => printStatus(context, execute)));
  return keys;
}

/** The number of records under one key, by kind. */
type KeyLine = Record<string, string | boolean | number | null>;

async function printStatus({ print }: CommandContext, execute: Execute): Promise<void> {
  const report = await execute('keys.report', undefined);
  const lines = new Map(report.keys.map((id) => [id, emptyLine(id, report)]));
  const lineOf = (id: string | null): KeyLine => {
    const line = lines.get(id ?? '') ?? emptyLine(id, report);
    lines.set(id ?? '', line);
    return line;
  };
  for (const { kind, keyId, count } of report.usage) lineOf(keyId)[kind] = count;
  if (report.hasSessionStore) {
    for await (const { counts } of recordPages((cursor) => execute('keys.count-records', { cursor })))
      for (const [id, count] of Object.entries(counts)) {
        const line = lineOf(id === '' ? null : id);
        line['sessionRecords'] = Number(line['sessionRecords'] ?? 0) + count;
      }
  }
  for (const line of lines.values()) print(jsonLine(line));
  const unknown = [...lines.values()].filter(({ configured }) => configured !== true);
  if (unknown.length === 0) return;
  const names = unknown.map(({ key }) => (key === null ? 'no key (damaged)' : `the key "${String(key)}"`));
  throw new Error(`Stored records name ${names.join(', ')}, which BFF_ENCRYPTION_KEYS does not have`);
}

function emptyLine(id: string | null, report: KeyReport): KeyLine {
  return {
    key: id,
    configured: id !== null && report.keys.includes(id),
    seals: id === report.sealingKey,
    generated: id === EMBEDDED_KEY_ID && report.isGenerated,
    ...Object.fromEntries(STORED_KINDS.map((kind) => [kind, 0])),
    sessionRecords: report.hasSessionStore ? 0 : null,
  };
}
