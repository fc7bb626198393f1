import { STORED_KINDS, type StoredKind } from '@bff/secrets';
import { type CommandContext, type Execute } from './command-context.js';
import { Progress } from './progress.js';
import { recordPages } from './record-pages.js';

type Kind = StoredKind | 'sessionRecords';

/** The kinds of records in messages. */
const NAMES: Readonly<Record<Kind, string>> = {
  tenantCredentials: 'tenant credentials',
  adminCredentials: 'admin credentials',
  totpSecrets: 'second factors',
  hashKeys: 'hash keys',
  auditChains: 'audit chains',
  auditAnchor: 'audit anchors',
  sessionRecords: 'session records',
};

/** What a rotation did. */
interface Rotation {
  readonly resealed: Record<Kind, number>;
  /** Rows that cannot be opened, by name. */
  readonly unreadable: string[];
  /** Session records that cannot be opened; they count as absent and expire. */
  unreadableRecords: number;
}

/**
 * Seals every stored record with the first key, and verifies that none names another key.
 * @throws Error if a record still names another key
 */
export async function rotateKeys({ executeAll, print, terminal }: CommandContext): Promise<void> {
  await executeAll(async (execute) => {
    const { sealingKey, keys, hasSessionStore } = await execute('keys.report', undefined);
    const progress = new Progress(terminal, await countOthers(execute, sealingKey));
    await execute('keys.begin', undefined);
    const rotation = await resealAll(execute, hasSessionStore, progress).finally(() => progress.end());
    await execute('keys.finish', { records: rotation.resealed });
    const counts = Object.entries(rotation.resealed).map(
      ([kind, count]) => `${count} ${NAMES[kind as Kind]}`,
    );
    print(`sealed with the key "${sealingKey}": ${counts.join(', ')}`);
    if (rotation.unreadableRecords > 0)
      print(
        `left ${rotation.unreadableRecords} session records that cannot be opened; they count as absent and expire`,
      );
    if (rotation.unreadable.length > 0)
      throw new Error(
        `These records cannot be opened; set or repair them: ${rotation.unreadable.join(', ')}`,
      );
    const left = (await countOthers(execute, sealingKey)) - rotation.unreadableRecords;
    if (left > 0)
      throw new Error(
        `${left} records were sealed with another key during the rotation; begin BFF_ENCRYPTION_KEYS of every node with ` +
          `"${sealingKey}" and run it again`,
      );
    const others = keys.filter((id) => id !== sealingKey).map((id) => `"${id}"`);
    const none = rotation.unreadableRecords === 0 ? 'no record' : 'no other record';
    print(
      others.length === 0
        ? `${none} names another key`
        : `${none} names another key; ${others.join(', ')} can be removed from BFF_ENCRYPTION_KEYS if every node begins ` +
            `with "${sealingKey}"`,
    );
  });
}

async function resealAll(execute: Execute, hasSessionStore: boolean, progress: Progress): Promise<Rotation> {
  const resealed = Object.fromEntries(Object.keys(NAMES).map((kind) => [kind, 0])) as Record<Kind, number>;
  const rotation: Rotation = { resealed, unreadable: [], unreadableRecords: 0 };
  const note = (kind: Kind, count: number): void => {
    resealed[kind] += count;
    progress.advance(count, NAMES[kind]);
  };
  for (const kind of STORED_KINDS) {
    let after: string | null = null;
    do {
      const batch: { resealed: number; unreadable: readonly string[]; last: string | null } = await execute(
        'keys.reseal',
        { kind, after },
      );
      note(kind, batch.resealed);
      rotation.unreadable.push(...batch.unreadable.map((name) => `${name} (${NAMES[kind]})`));
      after = batch.last;
    } while (after !== null);
  }
  if (!hasSessionStore) return rotation;
  for await (const page of recordPages((cursor) => execute('keys.reseal-records', { cursor }))) {
    note('sessionRecords', page.resealed);
    rotation.unreadableRecords += page.unreadable;
  }
  return rotation;
}

/** Counts the records that name another key. */
async function countOthers(execute: Execute, sealingKey: string): Promise<number> {
  const { usage, hasSessionStore } = await execute('keys.report', undefined);
  let others = usage.filter(({ keyId }) => keyId !== sealingKey).reduce((sum, { count }) => sum + count, 0);
  if (!hasSessionStore) return others;
  for await (const { counts } of recordPages((cursor) => execute('keys.count-records', { cursor })))
    for (const [id, count] of Object.entries(counts)) if (id !== sealingKey) others += count;
  return others;
}
