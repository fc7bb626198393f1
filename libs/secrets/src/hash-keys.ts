import { randomBytes } from 'node:crypto';
import { type Clock, Secret } from '@bff/config';
import { type DatabaseConnection, type Directory, hashKeys, type Orm } from '@bff/database';
import { Logger } from '@nestjs/common';
import { and, desc, eq, lte } from 'drizzle-orm';
import { type HashKey, HashKeySet, replacedAt } from './hash-key-set.js';
import { findKeyProblems } from './key-problems.js';
import { type Keyring, type SealContext, UnsealError } from './keyring.js';

const KEY_BYTES = 32;

const PURPOSES = ['session-tickets', 'page-tokens', 'familiar-addresses', 'audit-checkpoints'] as const;
export type HashKeyPurpose = (typeof PURPOSES)[number];

type Row = typeof hashKeys.$inferSelect;

const logger = new Logger('HashKeys');

/**
 * The keys of keyed hashes, which are data: random, stored in the database under the seal of an encryption key, and
 * held in memory by every node (docs/decisions/0029-hash-keys-are-data.md).
 */
export class HashKeys {
  private readonly sets: Readonly<Record<HashKeyPurpose, HashKeySet>>;
  private keyProblems: readonly string[] = [];

  constructor(
    directory: Directory,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {
    const setOf = (purpose: HashKeyPurpose): HashKeySet => new HashKeySet(purpose, [], clock);
    this.sets = {
      'session-tickets': setOf('session-tickets'),
      'page-tokens': setOf('page-tokens'),
      'familiar-addresses': setOf('familiar-addresses'),
      'audit-checkpoints': setOf('audit-checkpoints'),
    };
    directory.register(async (orm, changed) => {
      if (changed?.of('hash_keys').length === 0) return () => undefined;
      const rows = await readRows(orm);
      return () => this.publish(rows);
    });
  }

  of(purpose: HashKeyPurpose): HashKeySet {
    return this.sets[purpose];
  }

  /**
   * The reasons why the service must not start, one sentence each: encryption keys that the stored records need and the
   * keyring does not have, and hash keys that cannot be opened.
   */
  get problems(): readonly string[] {
    if (this.keyProblems.length > 0) return this.keyProblems;
    return PURPOSES.filter((purpose) => this.sets[purpose].all.length === 0).map(
      (purpose) =>
        `The hash key for ${purpose} in the table hash_keys is damaged; restore its row, or remove it to begin with a new key`,
    );
  }

  /** Reads the keys, and creates missing ones unless there are {@link problems}; concurrent nodes agree on one. */
  async load({ orm }: Pick<DatabaseConnection, 'orm'>): Promise<void> {
    this.keyProblems = await findKeyProblems(orm, this.keyring);
    let rows = await readRows(orm);
    const missing = PURPOSES.filter((purpose) => !rows.some((row) => row.purpose === purpose));
    // With the wrong encryption keys, further rows would only be further rows to repair.
    if (missing.length > 0 && this.keyProblems.length === 0) {
      const first = missing.map((purpose) => this.rowOf(purpose, 1, this.firstKey(purpose)));
      await orm.insert(hashKeys).values(first).onConflictDoNothing();
      rows = await readRows(orm);
    }
    this.publish(rows);
  }

  /**
   * Adds a key for a purpose, unless the newest one was created since the encryption key changed, and removes those
   * that no hash in use can be from.
   * @param orm a transaction of the directory
   * @param usedMs maximum lifetime of a hash, in milliseconds
   */
  async renew(orm: Orm, purpose: HashKeyPurpose, usedMs: number): Promise<void> {
    const rows = (await readRows(orm)).filter((row) => row.purpose === purpose);
    const [newest] = rows;
    if (newest !== undefined && !this.keyring.hasCurrentSeal(newest.sealedKey)) {
      const row = this.rowOf(purpose, newest.generation + 1, randomBytes(KEY_BYTES));
      await orm.insert(hashKeys).values(row).onConflictDoNothing();
    }
    const inUse = this.clock() - usedMs;
    const successor = rows.find(({ createdAt }) => replacedAt({ createdAt: createdAt.getTime() }) < inUse);
    if (successor === undefined) return;
    const isUnused = lte(hashKeys.generation, successor.generation - 1);
    await orm.delete(hashKeys).where(and(eq(hashKeys.purpose, purpose), isUnused));
  }

  /** Releases before this table derived the key of tickets, whose sessions an update must find. */
  private firstKey(purpose: HashKeyPurpose): Buffer {
    return purpose === 'session-tickets' ? this.keyring.derive(purpose) : randomBytes(KEY_BYTES);
  }

  private rowOf(purpose: HashKeyPurpose, generation: number, key: Buffer): Row {
    const sealedKey = this.keyring.seal(new Secret(key.toString('base64')), contextOf(purpose, generation));
    return { purpose, generation, sealedKey, createdAt: new Date(this.clock()) };
  }

  private publish(rows: readonly Row[]): void {
    for (const purpose of PURPOSES) {
      const ofPurpose = rows.filter((row) => row.purpose === purpose);
      this.sets[purpose].replace(ofPurpose.flatMap((row) => this.open(row) ?? []));
    }
  }

  /** A key that cannot be opened is skipped: start-up refuses it, and a running node keeps the others. */
  private open({ purpose, generation, sealedKey, createdAt }: Row): HashKey | undefined {
    try {
      const text = this.keyring.open(sealedKey, contextOf(purpose, generation)).reveal();
      return { generation, createdAt: createdAt.getTime(), key: new Secret(Buffer.from(text, 'base64')) };
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      logger.error(`The hash key ${purpose}/${generation} cannot be opened: ${error.message}`);
      return undefined;
    }
  }
}

function contextOf(purpose: string, generation: number): SealContext {
  return { kind: 'hash-key', owner: purpose, version: generation };
}

/** The newest first. */
function readRows(orm: Orm): Promise<readonly Row[]> {
  return orm.select().from(hashKeys).orderBy(hashKeys.purpose, desc(hashKeys.generation));
}
