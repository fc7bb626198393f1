import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { deputy } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { requestIdOf, AuditLogReader } from '../support/audit-log-reader.js';

/** Longer than the maximum wait for a lock or for an audit write. */
const LOCKED_MS = 8_000;

describeWithPostgres('while the audit log is locked', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let url = '';
  let bff: Bff;
  beforeAll(async () => {
    postgres = await sharedPostgres();
    url = await postgres.createDatabase();
    bff = await startBff({
      directory: { ...the.directory, users: [...the.directory.users, deputy] },
      environment: {
        DATABASE_URL: url,
        BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      },
    });
  });
  afterAll(async () => {
    await bff.close();
    await postgres.stop();
  });

  /** Holds the lock during `act`, for at least {@link LOCKED_MS}. */
  async function locked<Result>(lock: string, act: () => Promise<Result>): Promise<Result> {
    const holder = new Client({ connectionString: url });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query(lock);
      const [result] = await Promise.all([act(), pause(LOCKED_MS)]);
      return result;
    } finally {
      await holder.query('COMMIT');
      await holder.end();
    }
  }

  function expectUnavailable(answer: Answer): void {
    expectProblem(answer, 503, 'bff_audit_unavailable');
  }

  it('elevated writes are rejected in time, have no effect and are not audited (LOG-08)', async () => {
    const auditLog = await AuditLogReader.of(bff);
    const admin = await elevatedAdmin(bff);
    bff.turnClock(30_000);
    const elevatedDeputy = await bff.signedIn(deputy, 'admin');
    const viewer = await bff.signedIn(the.viewer);
    const viewerId = auditLog.idOf(the.viewer.email);
    const startedAt = performance.now();
    const answers = await locked('LOCK TABLE audit_chains IN ACCESS EXCLUSIVE MODE', async () => {
      const all = await Promise.all([
        admin.patch('/v1/admin/tenants/acme', { name: 'Written too late' }),
        admin.post('/v1/admin/users', { email: 'ghost@bff.example', name: 'Ghost' }),
        admin.delete(`/v1/admin/sessions?userId=${viewerId}`),
        elevatedDeputy.get('/v1/tenants/acme/whatsapp'),
        viewer.get('/v1/tenants/acme/whatsapp'),
      ]);
      expect(performance.now() - startedAt).toBeLessThan(LOCKED_MS);
      return all;
    });
    const [renamed, created, revoked, , served] = answers;
    for (const answer of [renamed, created, revoked]) expectUnavailable(answer);
    expect(served.status).toBe(200);
    expect((await viewer.get('/session')).status).toBe(200);
    const { name } = (await admin.get('/v1/admin/tenants/acme')).json as { readonly name: string };
    expect(name).toBe(the.acme.name);
    const rejected = new Set([renamed, created, revoked].map(requestIdOf));
    const events = await auditLog.events();
    expect(events.filter(({ requestId }) => rejected.has(requestId ?? ''))).toEqual([]);
    expect(JSON.stringify((await admin.get('/v1/admin/users')).json)).not.toContain('ghost@');
    expect((await admin.patch('/v1/admin/tenants/acme', { name: the.acme.name })).status).toBe(200);
  }, 30_000);

  it('for one tenant, a user who is disabled loses access at once, and other chains can be written', async () => {
    const admin = await elevatedAdmin(bff, { tenantId: 'summit' });
    const viewer = await bff.signedIn(the.viewer);
    await locked(`SELECT * FROM audit_chains WHERE chain = 'summit' FOR UPDATE`, async () => {
      const calls = Array.from({ length: 12 }, () => admin.get('/v1/tenants/summit/whatsapp'));
      const disabling = bff.operate('users.update', {
        email: the.viewer.email,
        changes: { disabled: true },
      });
      expect(await disabling).toHaveProperty('result');
      await eventually(async () => expect((await viewer.get('/session')).status).toBe(401), {
        withinMs: 1_000,
      });
      for (const answer of await Promise.all(calls)) expectUnavailable(answer);
    });
  }, 30_000);
});
