import { type Clock } from '@bff/config';
import { causeOf, type DatabaseConnection, familiarAddresses, inTime } from '@bff/database';
import { type HashKeySet } from '@bff/secrets';
import { type ExpiringStore } from '@bff/state';
import { Logger } from '@nestjs/common';
import { and, eq, gt, lte, notBetween } from 'drizzle-orm';

const DAY_MS = 24 * 60 * 60_000;

/** Time for which a sign-in makes a network familiar (docs/contract.md section 4). */
const FAMILIAR_MS = 30 * DAY_MS;

/** Time for which the result "not familiar" is cached, so that rejected attempts do not cause queries. */
const UNFAMILIAR_CACHE_MS = 10_000;

/** Maximum wait for the database; on timeout the network counts as not familiar. */
const QUERY_TIMEOUT_MS = 1_000;

/** The cached state of a network: `stored` (in the database) and `not-stored` are familiar. */
export type Familiarity = 'stored' | 'not-stored' | 'unfamiliar';

/** The account that a sign-in names; `userId` is null if it does not exist. */
export interface NamedAccount {
  /** {@link emailKey} of the entered e-mail address. */
  readonly key: string;
  readonly userId: string | null;
}

const logger = new Logger('FamiliarAddresses');

/**
 * Stores the networks from which users signed in within the last 30 days, in the database as keyed hashes.
 */
export class FamiliarAddresses {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly keys: HashKeySet,
    private readonly cache: ExpiringStore<Familiarity>,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the user signed in from the network; false if the database is unavailable. An unknown account
   * costs the same query as an existing one.
   */
  async includes({ userId, key: typed }: NamedAccount, network: string): Promise<boolean> {
    const key = userId === null ? this.hashOf('unknown', typed, network) : this.hashOf(userId, network);
    const cached = await this.cache.get(key);
    if (cached !== undefined) return cached !== 'unfamiliar';
    const isFamiliar = await this.query(async () => {
      const recent = gt(familiarAddresses.seenAt, this.before(FAMILIAR_MS));
      const { reader } = this.connection;
      const found = await reader
        .select({ hash: familiarAddresses.hash })
        .from(familiarAddresses)
        .where(and(eq(familiarAddresses.hash, key), recent));
      return found.length > 0;
    });
    if (!isFamiliar) await this.cache.create(key, 'unfamiliar', UNFAMILIAR_CACHE_MS);
    return isFamiliar;
  }

  /** Makes a network familiar. Writes at most once a day, and deletes expired rows. */
  async add(userId: string, network: string): Promise<void> {
    const key = this.hashOf(userId, network);
    if ((await this.cache.get(key)) === 'stored') return;
    const familiarity = (await this.query(() => this.write(key))) ? 'stored' : 'not-stored';
    if (!(await this.cache.update(key, () => ({ value: familiarity, lifetimeMs: DAY_MS })))) {
      await this.cache.create(key, familiarity, DAY_MS);
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

  /**
   * Returns the result of a query; false if the database is unavailable or does not respond within the
   * timeout.
   */
  private async query(run: () => Promise<boolean>): Promise<boolean> {
    if (!this.connection.isReachable()) return false;
    try {
      return await inTime(QUERY_TIMEOUT_MS, run);
    } catch (error) {
      logger.warn(`Familiar addresses cannot be read or written: ${causeOf(error)}`);
      return false;
    }
  }

  private before(milliseconds: number): Date {
    return new Date(this.clock() - milliseconds);
  }

  private hashOf(...pair: readonly string[]): string {
    return this.keys.mac(JSON.stringify(pair)).toString('base64url');
  }
}
