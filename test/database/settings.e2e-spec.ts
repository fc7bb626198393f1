import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { openDatabase } from '@bff/database';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { sqlAt } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const keys = `k1:${randomBytes(32).toString('base64')}`;

/** Settings that change the format of values, the schema of tables, and transactions. */
const UNUSUAL = {
  DateStyle: 'German',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kolkata',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  search_path: 'nowhere',
  default_transaction_isolation: 'serializable',
  lock_timeout: '1ms',
};

describeWithPostgres('a database with custom settings', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  const nameOf = (url: string): string => new URL(url).pathname.slice(1);

  const start = (url: string): Promise<Bff> =>
    startBff({ environment: { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: keys } });

  it('returns the same values: admin lists have valid dates, and the audit log verifies', async () => {
    const url = await postgres.createDatabase();
    for (const [name, value] of Object.entries(UNUSUAL)) {
      await sqlAt(postgres.url, `ALTER DATABASE ${nameOf(url)} SET ${name} = '${value}'`);
    }
    const bff = await start(url);
    try {
      const admin = await elevatedAdmin(bff);
      expect((await admin.patch('/v1/admin/tenants/acme', { name: 'Acme Group' })).status).toBe(200);
      const { users } = (await admin.get('/v1/admin/users')).json as { users: { createdAt: string }[] };
      for (const { createdAt } of users) {
        expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(300_000);
      }
      expect((await admin.get('/v1/admin/audit')).status).toBe(200);
      expect(await bff.operate('audit.verify', undefined)).toMatchObject({ result: { problems: [] } });
    } finally {
      await bff.close();
    }
  });

  it('serves reads while it is read-only, and changes are rejected with 503', async () => {
    const url = await postgres.createDatabase();
    const bff = await start(url);
    try {
      const admin = await elevatedAdmin(bff);
      const editor = await bff.signedIn(the.editor);
      await sqlAt(
        postgres.url,
        `ALTER DATABASE ${nameOf(url)} SET default_transaction_read_only = on`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(url)}'`,
      );
      const write = await admin.patch('/v1/admin/tenants/acme', { name: 'Acme Group' });
      expectProblem(write, 503, 'bff_audit_unavailable');
      const change = { current: the.editor.password, new: 'a new canary password' };
      expectProblem(await editor.put('/session/password', change), 503, 'bff_directory_unavailable');
      expect((await editor.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
      expect((await admin.get('/v1/admin/users')).status).toBe(200);
      await sqlAt(
        postgres.url,
        `ALTER DATABASE ${nameOf(url)} RESET default_transaction_read_only`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(url)}'`,
      );
      await eventually(
        async () =>
          expect((await admin.patch('/v1/admin/tenants/acme', { name: 'Acme Group' })).status).toBe(200),
        { withinMs: 5_000 },
      );
    } finally {
      await bff.close();
    }
  });

  it('accepts a role without CREATE unless it must be migrated, when the message names the missing privilege', async () => {
    const [url, empty] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await (await start(url)).close();
    await sqlAt(postgres.url, 'CREATE ROLE app LOGIN');
    await sqlAt(
      url,
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app',
      'GRANT USAGE ON SCHEMA drizzle TO app',
      'GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO app',
    );
    const asApp = (target: string): string => target.replace('//postgres@', '//app@');
    const bff = await start(asApp(url));
    expect(await bff.apply({ tenants: [{ id: 'acme', name: 'By app' }] })).toHaveProperty('result');
    await bff.close();
    const opening = openDatabase({ kind: 'postgres', url: new Secret(asApp(empty)) }, () =>
      Promise.reject(new Error('No owner')),
    );
    await expect(opening).rejects.toThrow(/must be migrated.*permission denied.*CREATE on the database/);
  });
});
