import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock } from '@bff/config';
import { auditAnchor, auditChains, auditCheckpoints, type Orm } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { eq } from 'drizzle-orm';
import { type AnchoredHead, mismatchesOf, type StoredHead } from './anchor-comparison.js';
import { isSealed } from './audit-chain.js';
import { type Checkpoint, type CheckpointStatement } from './audit-checkpoint.js';

const PURPOSE = 'audit-anchor';

/** Primary key of the only row. */
const ROW = 1;

/** Seals that are verified before control returns to the event loop. */
const SLICE = 100;

type StoredAnchor = typeof auditAnchor.$inferSelect;

/**
 * Anchors the heads of all chains in one row, under a MAC and an increasing counter. A chain whose head was
 * rolled back is behind the anchor. Every head names the newest anchor at the time of the write, so an anchor
 * that was rolled back is older than the one that a head names. A rollback of the anchor together with all
 * chains written since is detected only by comparison with a checkpoint
 * (docs/decisions/0011-audit-chains-under-a-sealed-head.md).
 */
export class AuditAnchors {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * Anchors the current heads of all chains. A chain that was rolled back keeps the anchored entry that
   * proves it, and an invalid anchor is not replaced.
   * @returns one sentence per mismatch; empty if everything matches
   */
  async advance(orm: Orm): Promise<readonly string[]> {
    const [stored] = await orm.select().from(auditAnchor).for('update');
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const broken = await this.problemsOf(stored, heads);
    if (broken.length > 0) return broken;
    const before = new Map(entriesOf(stored).map((entry) => [entry[0], entry]));
    const mismatches = await mismatchesOf(orm, heads, [...before.values()]);
    const counter = stored?.counter ?? 0;
    // The MAC of the anchor covers unchanged heads; a head that names a newer anchor has an invalid seal.
    const changed = heads.filter(
      (head) =>
        head.anchor <= counter && !mismatches.has(head.chain) && !isAnchored(head, before.get(head.chain)),
    );
    const sealed = await this.withValidSeal(changed);
    const entries = new Map([...before, ...sealed.map((head) => [head.chain, entryOf(head)] as const)]);
    const text = JSON.stringify([...entries.values()]);
    if (text === stored?.heads) return [...mismatches.values()];
    if (!(await this.write(orm, stored, counter + 1, text))) return this.advance(orm);
    return [...mismatches.values()];
  }

  /**
   * Seals the anchor again with the first key, without a change of its content; an anchor that does not match its seal
   * is left.
   */
  async reseal(orm: Orm): Promise<'resealed' | 'unchanged' | 'not intact'> {
    const [stored] = await orm.select().from(auditAnchor).for('update');
    if (stored === undefined || this.keyring.hasCurrentMac(stored.seal)) return 'unchanged';
    if (!this.isGenuine(stored)) return 'not intact';
    const { counter, at, heads } = stored;
    await orm.update(auditAnchor).set({ seal: this.keyring.sign(PURPOSE, statementOf(counter, at, heads)) });
    return 'resealed';
  }

  /** Anchors the heads as accepted by an operator, without comparing them with the previous anchor. */
  async renew(orm: Orm): Promise<void> {
    const [stored] = await orm.select().from(auditAnchor).for('update');
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const counter = Math.max(stored?.counter ?? 0, newestOf(heads)) + 1;
    await this.write(orm, stored, counter, JSON.stringify(heads.map(entryOf)));
  }

  /**
   * Compares all chains with the anchor.
   * @param options.lock locks the anchor until the transaction ends; required under READ COMMITTED
   * @returns one sentence per mismatch; empty if everything matches
   */
  async verify(orm: Orm, { lock }: { readonly lock: boolean }): Promise<readonly string[]> {
    const query = orm.select().from(auditAnchor);
    const [stored] = await (lock ? query.for('update') : query);
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const broken = await this.problemsOf(stored, heads);
    if (broken.length > 0) return broken;
    return [...(await mismatchesOf(orm, heads, entriesOf(stored))).values()];
  }

  /**
   * Anchors all chains and stores that anchor as a checkpoint.
   * @returns what the checkpoint states
   * @throws Error if a chain or the anchor does not match
   */
  async checkpoint(orm: Orm): Promise<CheckpointStatement> {
    const [problem] = await this.advance(orm);
    if (problem !== undefined)
      throw new Error(`No checkpoint was created: ${problem}; run bff audit verify for details`);
    const [stored] = await orm.select().from(auditAnchor);
    if (stored === undefined) throw new Error('No checkpoint was created: no chain is anchored');
    const { counter, at, heads } = stored;
    await orm
      .insert(auditCheckpoints)
      .values({ counter, at, heads })
      .onConflictDoUpdate({ target: auditCheckpoints.counter, set: { at, heads } });
    return { counter, at, digest: digestOf(heads) };
  }

  /**
   * Compares the database with a genuine checkpoint.
   * @returns one sentence per part that was rolled back to before it
   */
  async verifyCheckpoint(orm: Orm, checkpoint: Checkpoint): Promise<readonly string[]> {
    const { counter, digest } = checkpoint;
    const name = `checkpoint ${counter} of ${new Date(checkpoint.at).toISOString()}`;
    const [anchor] = await orm.select().from(auditAnchor);
    const [kept] = await orm.select().from(auditCheckpoints).where(eq(auditCheckpoints.counter, counter));
    if (kept === undefined) {
      return [
        `the database does not have ${name}: it was rolled back to an earlier state, or the checkpoint was removed`,
      ];
    }
    if (digestOf(kept.heads) !== digest) return [`the database has another version of ${name}`];
    const heads = await orm.select().from(auditChains).orderBy(auditChains.chain);
    const mismatches = await mismatchesOf(orm, heads, entriesOf(kept));
    const problems = [...mismatches.values()].map((sentence) => `${sentence} (${name})`);
    if ((anchor?.counter ?? 0) < counter) problems.push(`the anchor of the chains is older than ${name}`);
    return problems;
  }

  /** Verifies the anchor itself, without the chains. */
  private async problemsOf(
    stored: StoredAnchor | undefined,
    heads: readonly StoredHead[],
  ): Promise<readonly string[]> {
    if (stored !== undefined && !this.isGenuine(stored)) {
      return ['the anchor of the chains does not match its seal'];
    }
    const counter = stored?.counter ?? 0;
    const newer = await this.withValidSeal(heads.filter(({ anchor }) => anchor > counter));
    if (newer.length === 0) return [];
    if (stored === undefined) return ['the anchor of the chains was removed'];
    const newest = newestOf(newer);
    return [
      `the anchor of the chains was rolled back: it has number ${counter}, and a chain names number ${newest}`,
    ];
  }

  private isGenuine({ counter, at, heads, seal }: StoredAnchor): boolean {
    return this.keyring.verify(PURPOSE, statementOf(counter, at, heads), seal);
  }

  /**
   * The heads whose seals are valid. Yields to the event loop after each slice, so that many chains do not
   * block it.
   */
  private async withValidSeal(heads: readonly StoredHead[]): Promise<readonly StoredHead[]> {
    const valid: StoredHead[] = [];
    for (let start = 0; start < heads.length; start += SLICE) {
      if (start > 0) await nextTurn();
      for (const stored of heads.slice(start, start + SLICE)) {
        const { seal, ...head } = stored;
        if (isSealed(this.keyring, head, seal)) valid.push(stored);
      }
    }
    return valid;
  }

  /** @returns false if another node wrote the first anchor concurrently */
  private async write(
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
