import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeAuditChains } from '../support/audit-chain-tests.js';
import { AuditFixture, denied } from '../support/audit-fixture.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';

describeWithPostgres('the audit log in PostgreSQL', () => {
  let postgres: Omit<Postgres, 'restart'>;
  beforeAll(async () => {
    postgres = await sharedPostgres();
  });
  afterAll(() => postgres.stop());
  describeAuditChains(() => postgres.createDatabase());

  it('appends 200 concurrent events of two processes to two chains without a gap', async () => {
    const url = await postgres.createDatabase();
    const fixtures = await Promise.all([AuditFixture.open(url), AuditFixture.open(url)]);
    const [one, other] = fixtures;
    const chains = ['acme', null];
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? one : other)?.auditLog.record(denied(chains[(index >> 1) % 2] ?? null)),
      ),
    );
    expect(await one?.found()).toEqual([]);
    expect(
      await one?.sql(`SELECT chain, count(*)::int, min(sequence)::int, max(sequence)::int,
        count(DISTINCT sequence)::int AS places FROM audit_events GROUP BY chain ORDER BY chain`),
    ).toEqual(['', 'acme'].map((chain) => ({ chain, count: 100, min: 1, max: 100, places: 100 })));
    for (const fixture of fixtures) await fixture.close();
  });
});
