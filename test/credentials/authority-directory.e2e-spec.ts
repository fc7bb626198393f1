import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { administrating, deputy } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const SOON = { withinMs: 2_500 };

describeWithPostgres('a request that waits for a database lock', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let url = '';
  let bff: Bff;
  let other: Client;
  beforeAll(async () => {
    postgres = await sharedPostgres();
    url = await postgres.createDatabase();
    bff = await startBff({
      directory: { ...the.directory, users: [...the.directory.users, deputy] },
      environment: { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}` },
    });
    other = new Client({ connectionString: url });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await bff.close();
    await postgres.stop();
  });

  /** Commits the change of another node while the call waits for the lock of the directory. */
  async function behindAnotherNode(change: string, call: () => Promise<Answer>): Promise<Answer> {
    await other.query('BEGIN');
    await other.query('SELECT * FROM directory_version FOR UPDATE');
    const answer = call();
    await eventually(async () => {
      const { rows } = await other.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
      expect(rows).not.toEqual([]);
    }, SOON);
    await other.query(change);
    await other.query('COMMIT');
    return answer;
  }

  const ofDeputy = `WHERE email = '${deputy.email}'`;
  const version = `(SELECT version + 1 FROM directory_version)`;
  const restore = `UPDATE users SET disabled = false, role = 'admin' ${ofDeputy}`;

  it.each<[name: string, change: string, status: number, code: string]>([
    ['disabled', `UPDATE users SET disabled = true ${ofDeputy}`, 401, 'bff_session_required'],
    ['demoted', `UPDATE users SET role = 'user' ${ofDeputy}`, 403, 'bff_role_required'],
    [
      'signed out everywhere',
      `UPDATE users SET sessions_version = ${version} ${ofDeputy}`,
      401,
      'bff_session_required',
    ],
    [
      'given another second factor',
      `UPDATE users SET powers_version = ${version} ${ofDeputy}`,
      403,
      'bff_elevation_required',
    ],
  ])(
    'is rejected after its admin was %s by another node (ELV-05, AZT-13)',
    async (name, change, status, code) => {
      const admin = await administrating(bff, deputy);
      const email = `${name.replaceAll(' ', '-')}@bff.example`;
      const answer = await behindAnotherNode(change, () =>
        admin.post('/v1/admin/users', { email, name: 'Ghost', role: 'admin' }),
      );
      expectProblem(answer, status, code);
      const { rows } = await other.query('SELECT 1 FROM users WHERE email = $1', [email]);
      expect(rows).toEqual([]);
      await other.query(restore);
      await reread();
    },
  );

  it.each<[name: string, end: (admin: Browser) => Promise<Answer>, code: string]>([
    ['signed out', (admin) => admin.delete('/session'), 'bff_session_required'],
    ['ended the elevation', (admin) => admin.delete('/session/elevation'), 'bff_elevation_required'],
  ])('is rejected after its admin %s (ELV-05)', async (_, end, code) => {
    const admin = await administrating(bff, deputy);
    await other.query('BEGIN');
    await other.query('SELECT * FROM directory_version FOR UPDATE');
    const answer = admin.patch('/v1/admin/tenants/acme', { name: 'Written too late' });
    expect((await end(admin)).status).toBeLessThan(300);
    await other.query('COMMIT');
    expect((await answer).json).toMatchObject({ errorCode: code });
    const { rows } = await other.query(`SELECT name FROM tenants WHERE id = 'acme'`);
    expect(rows).toEqual([{ name: the.acme.name }]);
  });

  it('does not affect a tenant that was created with the same id during the wait', async () => {
    const admin = await administrating(bff, deputy);
    const answer = await behindAnotherNode(
      `UPDATE tenants SET record_id = gen_random_uuid() WHERE id = 'bare'`,
      () => admin.patch('/v1/admin/tenants/bare', { name: 'Meant for another' }),
    );
    expectProblem(answer, 404, 'bff_tenant_not_found');
    const { rows } = await other.query(`SELECT name FROM tenants WHERE id = 'bare'`);
    expect(rows).toEqual([{ name: the.bare.name }]);
  });

  it('creates no membership in a tenant that was created with the same id during the wait (AZT-08)', async () => {
    const admin = await administrating(bff, deputy);
    const { rows: users } = await other.query('SELECT id FROM users WHERE email = $1', [the.viewer.email]);
    const { id } = users[0] as { readonly id: string };
    const answer = await behindAnotherNode(
      `UPDATE tenants SET record_id = gen_random_uuid() WHERE id = 'bare'`,
      () => admin.patch(`/v1/admin/users/${id}`, { memberships: [{ tenant: 'bare', role: 'editor' }] }),
    );
    expectProblem(answer, 400, 'bff_invalid_input');
    const { rows } = await other.query(
      `SELECT 1 FROM memberships WHERE user_id = $1 AND tenant_id = 'bare'`,
      [id],
    );
    expect(rows).toEqual([]);
  });

  it('checks no credentials after its admin signed out during the audit write (ELV-05)', async () => {
    const admin = await administrating(bff, deputy);
    const check = (): Promise<Answer> => admin.post('/v1/admin/tenants/acme/credentials/check');
    expect((await check()).status).toBe(200);
    bff.sinch.reset();
    await other.query('BEGIN');
    await other.query(`SELECT * FROM audit_chains WHERE chain = 'acme' FOR UPDATE`);
    const answer = check();
    await eventually(async () => {
      const { rows } = await other.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
      expect(rows).not.toEqual([]);
    }, SOON);
    expect((await admin.delete('/session')).status).toBe(204);
    await other.query('COMMIT');
    expectProblem(await answer, 401, 'bff_session_required');
    expect(bff.sinch.tokens.production.requests).toEqual([]);
  });

  it('ends all sessions of a user, also one that was elevated during the audit write (ELV-05)', async () => {
    const admin = await administrating(bff);
    const target = await bff.signedIn(deputy, 'admin');
    bff.turnClock(30_000);
    const { rows: users } = await other.query('SELECT id FROM users WHERE email = $1', [deputy.email]);
    const { id } = users[0] as { readonly id: string };
    await other.query('BEGIN');
    await other.query(`SELECT * FROM audit_chains WHERE chain = '' FOR UPDATE`);
    const ended = admin.delete(`/v1/admin/sessions?userId=${id}`);
    await eventually(async () => {
      const { rows } = await other.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
      expect(rows).not.toEqual([]);
    }, SOON);
    const elevated = await target.post('/session/elevation', {
      code: codeAt(bff.now(), 0, deputy.totpSecret),
      reason: REASON,
      tenantId: 'acme',
    });
    expect(elevated.status).toBe(200);
    await other.query('COMMIT');
    expect((await ended).status).toBe(200);
    expectProblem(await target.get('/session'), 401, 'bff_session_required');
  });

  it('stores no new password after its session was signed out', async () => {
    const browser = await bff.signedIn(the.viewer);
    const before = await other.query('SELECT password_hash FROM users WHERE email = $1', [the.viewer.email]);
    await other.query('BEGIN');
    await other.query('SELECT * FROM directory_version FOR UPDATE');
    const answer = browser.put('/session/password', {
      current: the.viewer.password,
      new: 'another password of the viewer',
    });
    expect((await browser.delete('/session')).status).toBe(204);
    await other.query('COMMIT');
    expectProblem(await answer, 401, 'bff_session_required');
    const after = await other.query('SELECT password_hash FROM users WHERE email = $1', [the.viewer.email]);
    expect(after.rows).toEqual(before.rows);
  });

  /** Makes the service read rows that were written directly to the database. */
  async function reread(): Promise<void> {
    await bff.operate('tenants.update', { id: 'acme', changes: { name: `${the.acme.name}!` } });
    await bff.operate('tenants.update', { id: 'acme', changes: { name: the.acme.name } });
  }
});
