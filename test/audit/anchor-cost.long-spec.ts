import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AuditAnchors, AuditWriter } from '@bff/audit';
import { loadConfig, Secret } from '@bff/config';
import { auditEvents, type DatabaseConnection, openDatabase } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { count, eq } from 'drizzle-orm';
import { denied } from '../support/audit-fixture.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';

const CHAINS = 450;

/** Counts the chain seals that it verifies, in total and per turn of the event loop. */
class CountingKeyring extends Keyring {
  total = 0;
  mostInOneTurn = 0;
  private inThisTurn = 0;

  constructor() {
    super([{ id: 'k1', key: new Secret(randomBytes(32)) }]);
  }

  override verify(purpose: string, text: string, signature: string): boolean {
    if (purpose === 'audit-chain') this.countOne();
    return super.verify(purpose, text, signature);
  }

  reset(): void {
    this.total = 0;
    this.mostInOneTurn = 0;
  }

  private countOne(): void {
    if (this.inThisTurn === 0) setImmediate(() => (this.inThisTurn = 0));
    this.total += 1;
    this.inThisTurn += 1;
    this.mostInOneTurn = Math.max(this.mostInOneTurn, this.inThisTurn);
  }
}

describe('in an audit log with many chains and events', () => {
  const keyring = new CountingKeyring();
  const writer = new AuditWriter(keyring, { clock: Date.now, logAddresses: 'full' });
  const anchors = new AuditAnchors(keyring, Date.now);
  const tenants = Array.from({ length: CHAINS }, (_, index) => `tenant-${index}`);
  let database: TestDatabase;
  let connection: DatabaseConnection;

  beforeAll(async () => {
    database = await lastingDatabase();
    connection = await openDatabase(loadConfig({ DATABASE_URL: database.url }).database, () =>
      Promise.reject(new Error('No other process sends commands')),
    );
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  const append = (ids: readonly string[]): Promise<void> =>
    connection.orm.transaction((orm) =>
      writer.append(
        orm,
        ids.map((id) => denied(id)),
      ),
    );
  const advance = async (): Promise<void> => {
    await nextTurn();
    keyring.reset();
    expect(await connection.orm.transaction((orm) => anchors.advance(orm))).toEqual([]);
  };

  it('an anchor verifies the seal of each changed chain once, at most 100 per turn of the event loop', async () => {
    await append(tenants);
    await advance();
    expect(keyring.total).toBe(CHAINS);
    expect(keyring.mostInOneTurn).toBeLessThanOrEqual(100);
    await append(tenants);
    await advance();
    expect(keyring.total).toBe(CHAINS);
    expect(keyring.mostInOneTurn).toBeLessThanOrEqual(100);
  });

  it('an anchor verifies no seal of a chain that did not change', async () => {
    await append(['tenant-7', 'tenant-8']);
    await advance();
    expect(keyring.total).toBe(2);
    await advance();
    expect(keyring.total).toBe(0);
  });

  it('a transaction can append more events than fit into one INSERT', async () => {
    await append(Array.from({ length: 10_000 }, () => 'crowded'));
    const [stored] = await connection.orm
      .select({ events: count() })
      .from(auditEvents)
      .where(eq(auditEvents.chain, 'crowded'));
    expect(stored?.events).toBe(10_000);
  });
});
