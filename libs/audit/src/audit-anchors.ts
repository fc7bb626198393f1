import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock } from '@bff/config';
import { auditAnchor, auditChains, auditCheckpoints, auditEvents, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { eq, sql } from 'drizzle-orm';
import { isSealed, nameOf } from './audit-chain.js';
import { type Checkpoint, checkpointLine, isGenuine } from './audit-checkpoint.js';

const PURPOSE = 'audit-anchor';

/** The number of the one row. */
const ROW = 1;

/** Pairs of chain and event that are looked up in one query; to build a large one stalls everybody. */
const BATCH = 100;

/** Seals that are verified before other work has its turn. */
const SLICE = 100;

type StoredHead = typeof auditChains.$inferSelect;
type StoredAnchor = typeof auditAnchor.$inferSelect;

/** The head of a chain when it was anchored: the number and the hash of its last event. */
type AnchoredHead = readonly [chain: string, sequence: number, hash: string];

/** Sentences about chains that do not fit an anchor, by chain. */
type Misfits = ReadonlyMap<string, string>;

/**
 * Anchors the heads of all chains in one row, under a MAC and a number that only grows. A chain whose head was rolled back
 * is behind the anchor. Every head names the newest anchor at the time it was written, so an anchor that was rolled back is
 * older than a head says. A rollback of the anchor together with all chains written since is not detected here, but by
 * comparison with a checkpoint.
 */
export class AuditAnchors {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * Anchors the current heads of all chains. A chain that was rolled back keeps the entry that shows it, and an anchor that
   * does not fit is left as it is.
   * @returns a sentence for everything that does not fit
   */
  async advance(orm: Orm): Promise<readonly string[]> {
    const [stored] = await orm.select().from(auditAnchor).for('update');
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const broken = await this.problemsOf(stored, heads);
    if (broken.length > 0) return broken;
    const before = new Map(entriesOf(stored).map((entry) => [entry[0], entry]));
    const misfits = await this.misfits(orm, heads, [...before.values()]);
    const counter = stored?.counter ?? 0;
    // The MAC of the anchor covers a head that has not changed; a head that names a newer anchor was found not to be sealed.
    const changed = heads.filter(
      (head) =>
        head.anchor <= counter && !misfits.has(head.chain) && !isAnchored(head, before.get(head.chain)),
    );
    const sealed = await this.sealed(changed);
    const entries = new Map([...before, ...sealed.map((head) => [head.chain, entryOf(head)] as const)]);
    const text = JSON.stringify([...entries.values()]);
    if (text === stored?.heads) return [...misfits.values()];
    if (!(await this.put(orm, stored, counter + 1, text))) return this.advance(orm);
    return [...misfits.values()];
  }

  /** Anchors the current heads of all chains without comparing them with the previous anchor, as accepted by an operator. */
  async renew(orm: Orm): Promise<void> {
    const [stored] = await orm.select().from(auditAnchor).for('update');
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const counter = Math.max(stored?.counter ?? 0, newestOf(heads)) + 1;
    await this.put(orm, stored, counter, JSON.stringify(heads.map(entryOf)));
  }

  /**
   * A sentence for everything that does not fit the anchor.
   * @param options.lock true where the transaction sees what others commit: the anchor then does not change until the transaction ends
   */
  async verify(orm: Orm, { lock }: { readonly lock: boolean }): Promise<readonly string[]> {
    const query = orm.select().from(auditAnchor);
    const [stored] = await (lock ? query.for('update') : query);
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const broken = await this.problemsOf(stored, heads);
    if (broken.length > 0) return broken;
    return [...(await this.misfits(orm, heads, entriesOf(stored))).values()];
  }

  /** Anchors all chains and keeps that anchor. @throws Error where something does not fit */
  async checkpoint(orm: Orm): Promise<string> {
    const [problem] = await this.advance(orm);
    if (problem !== undefined)
      throw new Error(`No checkpoint was made: ${problem}; bff audit verify says more`);
    const [stored] = await orm.select().from(auditAnchor);
    if (stored === undefined) throw new Error('No checkpoint was made: no chain is anchored');
    const { counter, at, heads } = stored;
    await orm
      .insert(auditCheckpoints)
      .values({ counter, at, heads })
      .onConflictDoUpdate({ target: auditCheckpoints.counter, set: { at, heads } });
    return checkpointLine(this.keyring, { counter, at, digest: digestOf(heads) });
  }

  /** A sentence for everything that was put back to before a checkpoint. */
  async verifyCheckpoint(orm: Orm, checkpoint: Checkpoint): Promise<readonly string[]> {
    if (!isGenuine(this.keyring, checkpoint)) {
      return ['the checkpoint does not match its seal: it was changed, or its key is not in the keyring'];
    }
    const { counter, digest } = checkpoint;
    const made = `checkpoint ${counter} of ${new Date(checkpoint.at).toISOString()}`;
    const [anchor] = await orm.select().from(auditAnchor);
    const [kept] = await orm.select().from(auditCheckpoints).where(eq(auditCheckpoints.counter, counter));
    if (kept === undefined) {
      return [
        `the database does not have ${made}: it was put back to an earlier state, or the checkpoint was removed`,
      ];
    }
    if (digestOf(kept.heads) !== digest) return [`the database does not have ${made} as it was printed`];
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const misfits = await this.misfits(orm, heads, entriesOf(kept));
    const problems = [...misfits.values()].map((sentence) => `${sentence} (${made})`);
    if ((anchor?.counter ?? 0) < counter) problems.push(`the anchor of the chains is older than ${made}`);
    return problems;
  }

  /** What is wrong with the anchor itself. */
  private async problemsOf(
    stored: StoredAnchor | undefined,
    heads: readonly StoredHead[],
  ): Promise<readonly string[]> {
    if (stored !== undefined && !this.isGenuine(stored)) {
      return ['the anchor of the chains does not match its seal'];
    }
    const counter = stored?.counter ?? 0;
    const newer = await this.sealed(heads.filter(({ anchor }) => anchor > counter));
    if (newer.length === 0) return [];
    if (stored === undefined) return ['the anchor of the chains was removed'];
    const newest = newestOf(newer);
    return [
      `the anchor of the chains was put back: it is number ${counter}, and a chain names number ${newest}`,
    ];
  }

  /** The chains that do not go on from where they were anchored. What retention removed cannot be compared any more. */
  private async misfits(
    orm: Orm,
    heads: readonly StoredHead[],
    anchored: readonly AnchoredHead[],
  ): Promise<Misfits> {
    const byChain = new Map(heads.map((head) => [head.chain, head]));
    const misfits = new Map<string, string>();
    const grown: AnchoredHead[] = [];
    for (const entry of anchored) {
      const [chain, sequence, expected] = entry;
      const head = byChain.get(chain);
      if (head === undefined)
        misfits.set(chain, `was removed with its head; it had events up to ${sequence}`);
      else if (head.sequence < sequence) misfits.set(chain, putBack(head.sequence, sequence));
      else if (head.sequence === sequence) {
        if (head.hash !== expected) misfits.set(chain, replaced(sequence));
      } else if (head.prunedSequence === sequence) {
        if (head.prunedHash !== expected) misfits.set(chain, replaced(sequence));
      } else if (head.prunedSequence < sequence) grown.push(entry);
    }
    const found = await hashesOf(orm, grown);
    for (const [chain, sequence, expected] of grown) {
      if (found.get(chain) !== expected) misfits.set(chain, replaced(sequence));
    }
    return new Map([...misfits].map(([chain, what]) => [chain, `${nameOf(chain)}: ${what}`]));
  }

  private isGenuine({ counter, at, heads, seal }: StoredAnchor): boolean {
    return this.keyring.verify(PURPOSE, statementOf(counter, at, heads), seal);
  }

  /** Those of the heads that fit their seals. Other work has its turn between slices, however many chains there are. */
  private async sealed(heads: readonly StoredHead[]): Promise<readonly StoredHead[]> {
    const sealed: StoredHead[] = [];
    for (let start = 0; start < heads.length; start += SLICE) {
      if (start > 0) await nextTurn();
      for (const stored of heads.slice(start, start + SLICE)) {
        const { seal, ...head } = stored;
        if (isSealed(this.keyring, head, seal)) sealed.push(stored);
      }
    }
    return sealed;
  }

  /** @returns false where another node has made the first anchor at the same time */
  private async put(
    orm: Orm,
    stored: StoredAnchor | undefined,
    counter: number,
    heads: string,
  ): Promise<boolean> {
    const at = this.clock();
    const seal = this.keyring.sign(PURPOSE, statementOf(counter, at, heads));
    if (stored !== undefined) {
      await orm.update(auditAnchor).set({ counter, at, heads, seal });
      return true;
    }
    const made = await orm
      .insert(auditAnchor)
      .values({ id: ROW, counter, at, heads, seal })
      .onConflictDoNothing()
      .returning({ id: auditAnchor.id });
    return made.length > 0;
  }
}

async function hashesOf(orm: Orm, entries: readonly AnchoredHead[]): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (let start = 0; start < entries.length; start += BATCH) {
    const pairs = entries
      .slice(start, start + BATCH)
      .map(([chain, sequence]) => sql`(${chain}::text, ${sequence}::bigint)`);
    const rows = await orm
      .select({ chain: auditEvents.chain, hash: auditEvents.hash })
      .from(auditEvents)
      .where(sql`(${auditEvents.chain}, ${auditEvents.sequence}) in (${sql.join(pairs, sql`, `)})`);
    for (const row of rows) hashes.set(row.chain, row.hash);
  }
  return hashes;
}

function statementOf(counter: number, at: number, heads: string): string {
  return JSON.stringify([counter, at, heads]);
}

function entryOf({ chain, sequence, hash }: StoredHead): AnchoredHead {
  return [chain, sequence, hash];
}

function entriesOf(anchor: { readonly heads: string } | undefined): readonly AnchoredHead[] {
  return anchor === undefined ? [] : (JSON.parse(anchor.heads) as AnchoredHead[]);
}

function isAnchored({ sequence, hash: last }: StoredHead, entry: AnchoredHead | undefined): boolean {
  return entry?.[1] === sequence && entry[2] === last;
}

function newestOf(heads: readonly StoredHead[]): number {
  return heads.reduce((newest, { anchor }) => Math.max(newest, anchor), 0);
}

function digestOf(heads: string): string {
  return hash('sha256', heads, 'hex');
}

function putBack(now: number, anchored: number): string {
  return `was put back to event ${now}; it had events up to ${anchored}`;
}

function replaced(sequence: number): string {
  return `does not go on from the event ${sequence} that was anchored`;
}
