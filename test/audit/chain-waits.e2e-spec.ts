import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { administrating, deputy } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { sqlAt } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** More calls than the pool has connections. */
const CALLS = 14;

describeWithPostgres('while another database session locks the audit chain of one tenant', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let url = '';
  let bff: Bff;
  let holder: Client;
  beforeAll(async () => {
    postgres = await sharedPostgres();
    url = await postgres.createDatabase();
    const keys = `k1:${randomBytes(32).toString('base64')}`;
    bff = await startBff({
      directory: { ...the.directory, users: [...the.directory.users, deputy] },
      environment: { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: keys },
    });
    holder = new Client({ connectionString: url });
    await holder.connect();
  });
  afterAll(async () => {
    await holder.end();
    await bff.close();
    await postgres.stop();
  });

  const waiting = (): Promise<unknown[]> =>
    sqlAt(
      url,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );

  async function expectPrompt(call: () => Promise<Answer>): Promise<void> {
    const startedAt = performance.now();
    expect((await call()).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  }

  it('only one connection waits for the lock, events of other tenants are written promptly, and waiting writes end', async () => {
    const admin = await elevatedAdmin(bff);
    const elevated = await administrating(bff, deputy, 'summit');
    const summit = (): Promise<Answer> => elevated.get('/v1/tenants/summit/whatsapp');
    expect((await summit()).status).toBe(200);
    await holder.query('BEGIN');
    await holder.query(`SELECT * FROM audit_chains WHERE chain = 'summit' FOR UPDATE`);
    let isHeld = true;
    try {
      const calls = Promise.all(Array.from({ length: CALLS }, summit));
      await eventually(async () => expect(await waiting()).toHaveLength(1), { withinMs: 2_000 });
      for (const name of ['Acme one', 'Acme two', the.acme.name]) {
        await expectPrompt(() => admin.patch('/v1/admin/tenants/acme', { name }));
        await expectPrompt(() => admin.get('/v1/admin/audit?tenantId=acme'));
        expect((await waiting()).length).toBeLessThanOrEqual(1);
      }
      await holder.query('COMMIT');
      isHeld = false;
      const statuses = (await calls).map(({ status }) => status);
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect(statuses).toContain(200);
    } finally {
      if (isHeld) await holder.query('ROLLBACK');
    }
    expect(await waiting()).toEqual([]);
    expect((await summit()).status).toBe(200);
  }, 60_000);
});
