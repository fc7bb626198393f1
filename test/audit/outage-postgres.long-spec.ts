import { setTimeout as pause } from 'node:timers/promises';
import { type AuditRecord } from '@bff/audit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { requestIdOf } from '../support/audit-log-reader.js';
import { type Answer } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { environmentAt, expectAuditUnavailable, startWithPostgres, untilSignInIs } from './audit-outage.js';

describeWithPostgres('the audit log in PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('repeated outages leak no connection: all calls are served afterwards, and the service can close', async () => {
    const { bff, begin, end } = await startWithPostgres(postgres);
    const elevated = await elevatedAdmin(bff, { tenantId: 'summit' });
    const call = (): Promise<Answer> => elevated.get('/v1/tenants/summit/whatsapp');
    for (let outage = 0; outage < 20; outage += 1) {
      let hasBegun = false;
      const beginning = begin().finally(() => (hasBegun = true));
      while (!hasBegun) await Promise.all(Array.from({ length: 5 }, call));
      await beginning;
      await end();
    }
    await eventually(
      async () => {
        const all = await Promise.all(Array.from({ length: 10 }, call));
        expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
      },
      { withinMs: 5_000 },
    );
    const late = pause(5_000, 'still open after 5 s', { ref: false });
    expect(await Promise.race([bff.close().then(() => 'closed'), late])).toBe('closed');
  }, 180_000);

  it('no event is lost during a restart, and every call through the admin plane is audited', async () => {
    const bff = await startBff({ environment: environmentAt(await postgres.createDatabase()) });
    try {
      const elevated = await elevatedAdmin(bff, { tenantId: 'summit' });
      const viewer = await bff.signedIn(the.viewer);
      let hasRestarted = false;
      const restarting = postgres.restart().finally(() => (hasRestarted = true));
      const signOut = await viewer.delete('/session');
      const calls: Answer[] = [];
      while (!hasRestarted) calls.push(await elevated.get('/v1/tenants/summit/whatsapp'));
      await restarting;
      expect(new Set(calls.map(({ status }) => status))).toContain(503);
      for (const rejected of calls.filter(({ status }) => status !== 200)) expectAuditUnavailable(rejected);
      await untilSignInIs(bff, 201);
      const auditor = await bff.signedIn(the.admin, 'admin');
      const events = await eventually(
        async () => {
          const answer = await auditor.get('/v1/admin/audit?pageSize=100');
          expect(answer.status).toBe(200);
          return (answer.json as { events: readonly AuditRecord[] }).events;
        },
        { withinMs: 10_000 },
      );
      expect(events.filter(({ requestId }) => requestId === requestIdOf(signOut))).toHaveLength(1);
      const sent = bff.sinch['admin-production'].requests.map(({ headers }) => headers['x-request-id']);
      const begun = events.filter(({ outcome }) => outcome === 'begun').map(({ requestId }) => requestId);
      expect(begun).toEqual(expect.arrayContaining(sent));
      expect(sent).toHaveLength(calls.filter(({ status }) => status === 200).length);
    } finally {
      await bff.close();
    }
  });
});
