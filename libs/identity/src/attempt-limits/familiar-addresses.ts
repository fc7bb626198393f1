import { type Clock } from '@bff/config';
import { causeOf, type DatabaseConnection, familiarAddresses, inTime } from '@bff/database';
import { type Keyring } from '@bff/secrets';
import { type ExpiringStore } from '@bff/state';
import { Logger } from '@nestjs/common';
import { and, gt, inArray, lte, notBetween } from 'drizzle-orm';

const PURPOSE = 'familiar-addresses';
const DAY_MS = 24 * 60 * 60_000;

/** How long a sign-in makes a network familiar (docs/contract.md section 4). */
const FAMILIAR_MS = 30 * DAY_MS;

/** How long the answer "not familiar" is reused, so that refused attempts do not become queries. */
const STRANGER_MS = 10_000;

/** Maximum wait for the database; on timeout the network counts as not familiar. */
const DEADLINE_MS = 1_000;

/** What this process knows of a network: `stored` and `not-stored` are familiar, and say whether the database knows it. */
export type Familiarity = 'stored' | 'not-stored' | 'stranger';

/** An account as a sign-in names it; `userId` is null where it does not exist. */
export interface NamedAccount {
  /** {@link emailKey} of what was typed. */
  readonly key: string;
  readonly userId: string | null;
}

const logger = new Logger('FamiliarAddresses');

/** The networks from which a user signed in within the last 30 days, kept in the database as keyed hashes. */
export class FamiliarAddresses {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keyring: Keyring,
    private readonly known: ExpiringStore<Familiarity>,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the user signed in from the network; false when the database cannot be asked. An account that does not exist
   * costs the same query as one that does.
   */
  async includes({ userId, key: typed }: NamedAccount, network: string): Promise<boolean> {
    const hashes =
      userId === null ? this.hashesOf('unknown', typed, network) : this.hashesOf(userId, network);
    const key = hashes[0] ?? '';
    const known = await this.known.get(key);
    if (known !== undefined) return known !== 'stranger';
    const isFamiliar = await this.ask(async () => {
      const recent = gt(familiarAddresses.seenAt, this.before(FAMILIAR_MS));
      const { reader } = this.connection;
      const found = await reader
        .select({ hash: familiarAddresses.hash })
        .from(familiarAddresses)
        .where(and(inArray(familiarAddresses.hash, hashes), recent));
      return found.length > 0;
    });
    if (!isFamiliar) await this.known.create(key, 'stranger', STRANGER_MS);
    return isFamiliar;
  }

  /** Makes a network familiar. Writes at most once a day, and deletes what has expired. */
  async add(userId: string, network: string): Promise<void> {
    const [key = ''] = this.hashesOf(userId, network);
    if ((await this.known.get(key)) === 'stored') return;
    const familiarity = (await this.ask(() => this.write(key))) ? 'stored' : 'not-stored';
    if (!(await this.known.replace(key, familiarity, DAY_MS))) {
      await this.known.create(key, familiarity, DAY_MS);
    }
  }

  private async write(hash: string): Promise<boolean> {
    const { orm } = this.connection;
    const now = this.before(0);
    const { seenAt } = familiarAddresses;
    await orm.delete(familiarAddresses).where(lte(seenAt, this.before(FAMILIAR_MS)));
    await orm
      .insert(familiarAddresses)
      .values({ hash, seenAt: now })
      .onConflictDoUpdate({
        target: familiarAddresses.hash,
        set: { seenAt: now },
        // A time in the future was stored before the wall clock stepped back.
        setWhere: notBetween(seenAt, this.before(DAY_MS), now),
      });
    return true;
  }

  /** The answer of the database, or false when there is none in time. */
  private async ask(query: () => Promise<boolean>): Promise<boolean> {
    if (!this.connection.isReachable()) return false;
    try {
      return await inTime(DEADLINE_MS, query);
    } catch (error) {
      logger.warn(`Familiar addresses cannot be read or written: ${causeOf(error)}`);
      return false;
    }
  }

  private before(milliseconds: number): Date {
    return new Date(this.clock() - milliseconds);
  }

  private hashesOf(...pair: readonly string[]): string[] {
    return [...this.keyring.signatures(PURPOSE, JSON.stringify(pair))];
  }
}
