import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { administrating, deputy } from '../support/administering.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { sqlAt } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** More than the maximum wait of a request (5 s), with a margin for a busy machine. */
const PROMPT_MS = 15_000;

describeWithPostgres('while another database session locks the directory', () => {
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
      hashesAtFullCost: true,
    });
    holder = new Client({ connectionString: url });
    await holder.connect();
  });
  afterAll(async () => {
    await holder.end();
    await bff.close();
    await postgres.stop();
  });

  /** The transactions that wait for a lock. */
  const waiting = (): Promise<unknown[]> =>
    sqlAt(
      url,
      `SELECT pid, xact_start::text FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );

  it('changes are rejected in time, one connection waits, and audited calls succeed', async () => {
    const admin = await elevatedAdmin(bff);
    const editor = await bff.signedIn(the.editor);
    const elevated = await administrating(bff, deputy, 'summit');
    const { password } = the.editor;
    await holder.query('BEGIN');
    await holder.query('SELECT * FROM directory_version FOR UPDATE');
    const startedAt = performance.now();
    try {
      const writing = Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          admin.patch('/v1/admin/tenants/acme', { name: `Written too late ${index}` }),
        ),
      );
      const changing = editor.put('/session/password', {
        current: password,
        new: 'a new canary password',
      });
      await eventually(async () => expect(await waiting()).toHaveLength(1), { withinMs: 3_000 });
      expect((await elevated.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
      expect((await admin.get('/v1/admin/audit')).status).toBe(200);
      expect((await waiting()).length).toBeLessThanOrEqual(1);
      for (const answer of await writing) expectProblem(answer, 503, 'bff_audit_unavailable');
      expectProblem(await changing, 503, 'bff_directory_unavailable');
      expect(performance.now() - startedAt).toBeLessThan(PROMPT_MS);
    } finally {
      await holder.query('COMMIT');
    }
    await eventually(async () => expect(await waiting()).toHaveLength(0), { withinMs: 1_000 });
    expect((await admin.get('/v1/admin/tenants/acme')).json).toMatchObject({ name: the.acme.name });
    await bff.signedIn(the.editor);
    expect((await admin.patch('/v1/admin/tenants/acme', { name: the.acme.name })).status).toBe(200);
  }, 60_000);

  it('bff apply waits longer than a request, and succeeds when the lock is released', async () => {
    await holder.query('BEGIN');
    await holder.query('SELECT * FROM directory_version FOR UPDATE');
    const applying = bff.apply({ tenants: [{ id: 'acme', name: 'Applied late' }] });
    const first = await eventually(
      async () => {
        const transactions = await waiting();
        expect(transactions).toHaveLength(1);
        return transactions;
      },
      { withinMs: 2_000 },
    );
    // The transaction ends at its lock time-out (3 s), and another one begins to wait.
    await eventually(
      async () => {
        const transactions = await waiting();
        expect(transactions).toHaveLength(1);
        expect(transactions).not.toEqual(first);
      },
      { withinMs: 6_000 },
    );
    await holder.query('COMMIT');
    expect(await applying).toHaveProperty('result');
  }, 60_000);

  it('bff apply hashes passwords before it acquires the lock', async () => {
    await sqlAt(
      url,
      'CREATE TABLE locked_for (ms float8)',
      `CREATE FUNCTION note_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO locked_for VALUES (extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
        RETURN NULL;
      END $$`,
      'CREATE TRIGGER note_lock AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION note_lock()',
    );
    const users = Array.from({ length: 30 }, (_, index) => ({
      ...{ email: `user-${index}@acme.example`, name: 'User', password: `canary-password-${index}` },
    }));
    const startedAt = performance.now();
    expect(await bff.apply({ users })).toHaveProperty('result');
    const duration = performance.now() - startedAt;
    const [row] = await sqlAt(url, 'SELECT max(ms) AS longest, count(*)::int AS count FROM locked_for');
    expect(row?.['count']).toBe(30);
    expect(Number(row?.['longest'])).toBeLessThan(duration / 2);
    const [first] = users;
    await bff.signedIn({ email: first?.email ?? '', password: first?.password ?? '' });
    const again = await bff.apply({ users: [{ ...first, password: 'canary-password-0' }] });
    expect(again).toEqual({ result: [expect.objectContaining({ outcome: 'unchanged' })] });
  }, 60_000);
});
