import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation, codeAt, elevatedAdmin, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, operationTitles, perform } from '../support/forwarding.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** A service whose audit log can be made unavailable and available again. */
interface AuditOutage {
  readonly bff: Bff;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

interface SessionDocument {
  readonly id: string;
  readonly elevation: { readonly tenantId: string | null } | null;
}

const cookieOf = (browser: Browser): string => browser.cookies.get('__Host-bff-session') ?? '';
const documentOf = async (browser: Browser): Promise<SessionDocument> =>
  (await browser.get('/session')).json as SessionDocument;
const requestIdOf = ({ headers }: Answer): string => String(headers['x-request-id']);

function expectAuditUnavailable(answer: Answer): void {
  expectProblem(answer, 503, 'bff_audit_unavailable');
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(answer.headers).not.toHaveProperty('set-cookie');
}

function describeOutage(start: () => Promise<AuditOutage>): void {
  let outage: AuditOutage;
  let bff: Bff;
  beforeAll(async () => {
    outage = await start();
    ({ bff } = outage);
  });
  afterEach(() => bff.sinch.reset());
  afterAll(() => bff.close());

  async function duringOutage<Result>(act: () => Promise<Result>): Promise<Result> {
    await outage.begin();
    try {
      return await act();
    } finally {
      await outage.end();
    }
  }

  function expectNothingSent(): void {
    expect(bff.sinch.all.requests).toEqual([]);
    for (const endpoint of Object.values(bff.sinch.tokens)) expect(endpoint.requests).toEqual([]);
  }

  const auditLog = async (query = ''): Promise<readonly AuditRecord[]> => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const answer = await auditor.get(`/v1/admin/audit?pageSize=100${query}`);
    expect(answer.status).toBe(200);
    return (answer.json as { events: readonly AuditRecord[] }).events;
  };

  describe('a member (LOG-08)', () => {
    it.each(operationTitles)('receives the usual response: %s', async (title) => {
      const browser = await bff.signedIn(the.editor);
      const before = await perform(browser, title);
      const answer = await duringOutage(() => perform(browser, title));
      expect(answer.status).toBe(before.status);
      expect(answer.status).toBeLessThan(300);
      const sent = bff.sinch.production.requests;
      expect(sent).toHaveLength(2);
      expect(sent[1]?.body).toBe(sent[0]?.body);
    });

    it('can sign in, read sessions and tenants, and sign out', async () => {
      await duringOutage(async () => {
        const browser = await bff.signedIn(the.viewer);
        expect((await browser.get('/session')).status).toBe(200);
        expect((await browser.get('/v1/tenants')).status).toBe(200);
        expect((await browser.get('/v1/tenants/acme/route')).status).toBe(200);
        expectProblem(await browser.delete('/v1/tenants/acme/whatsapp'), 403, 'bff_role_required');
        expect((await browser.delete('/sessions')).status).toBe(204);
        expect((await browser.delete('/session')).status).toBe(204);
        expectProblem(await browser.get('/session'), 401, 'bff_session_required');
      });
    });

    it('of a public tenant who is an elevated admin can call it', async () => {
      const browser = await elevatedAdmin(bff, { tenantId: 'harbour' });
      const answer = await duringOutage(() => browser.get('/v1/tenants/harbour/whatsapp'));
      expect(answer.status).toBe(200);
      expect(bff.sinch.allBut('staging').requests).toEqual([]);
    });
  });

  describe('a call through the admin plane', () => {
    it.each(operationTitles)('is rejected and not sent: %s', async (title) => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      expectAuditUnavailable(await duringOutage(() => perform(browser, title, 'summit')));
      expectNothingSent();
      expect((await perform(browser, title, 'summit')).status).toBeLessThan(300);
      expect(bff.sinch['admin-production'].requests).toHaveLength(1);
    });

    it('that is in flight when the outage begins is answered, and audited later', async () => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      bff.sinch['admin-production'].answer(async () => {
        await outage.begin();
        return { body: { late: true } };
      });
      const answer = await browser.get('/v1/tenants/summit/whatsapp');
      await outage.end();
      expect(answer.json).toEqual({ late: true });
      await eventually(
        async () => {
          const ours = (await auditLog('&tenantId=summit')).filter(
            ({ requestId }) => requestId === requestIdOf(answer),
          );
          expect(ours.map(({ outcome }) => outcome)).toEqual(['success', 'begun']);
        },
        { withinMs: 10_000 },
      );
    });
  });

  describe('an elevation', () => {
    const newest = async (event: AuditRecord['event']): Promise<AuditRecord | undefined> =>
      (await auditLog('&tenantId=summit')).find((recorded) => recorded.event === event);

    it.each([
      ['a tenant', { tenantId: 'summit' }],
      ['administration', {}],
    ] as const)('for %s cannot begin, and the session and its cookie do not change', async (_, target) => {
      const browser = await bff.signedIn(the.admin, 'admin');
      const [cookie, before] = [cookieOf(browser), await documentOf(browser)];
      expectAuditUnavailable(await duringOutage(() => askElevation(bff, browser, target)));
      expect(cookieOf(browser)).toBe(cookie);
      bff.turnClock(5_000);
      expect(await documentOf(browser)).toEqual({ ...before, elevation: null });
      const denied = await browser.get('/v1/tenants/summit/whatsapp');
      expectProblem(denied, 403, 'bff_elevation_required');
      expect((await askElevation(bff, browser, target)).status).toBe(200);
    });

    it('that cannot begin does not end the previous one', async () => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      const { id, elevation } = await documentOf(browser);
      expectAuditUnavailable(await duringOutage(() => askElevation(bff, browser, { tenantId: 'acme' })));
      expect(await documentOf(browser)).toMatchObject({ id, elevation });
      expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    });

    it.each<
      [how: string, end: (browser: Browser) => Promise<Answer>, status: number, after: [number, string]]
    >([
      [
        'DELETE /session/elevation',
        (browser) => browser.delete('/session/elevation'),
        200,
        [403, 'bff_elevation_required'],
      ],
      ['DELETE /session', (browser) => browser.delete('/session'), 204, [401, 'bff_session_required']],
    ])('can be ended by %s, and its end is audited later', async (_, end, status, after) => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      const old = bff.browser('admin');
      old.setCookie('__Host-bff-session', cookieOf(browser));
      const begun = await newest('elevation.begun');
      expect((await duringOutage(() => end(browser))).status).toBe(status);
      expect(cookieOf(browser)).not.toBe(cookieOf(old));
      expectProblem(await old.get('/v1/tenants/summit/whatsapp'), ...after);
      expectNothingSent();
      await eventually(
        async () => {
          const ended = await newest('elevation.ended');
          expect(ended?.elevationId).toBe(begun?.elevationId);
        },
        { withinMs: 10_000 },
      );
    });
  });

  describe('administration', () => {
    const person = { email: 'new@acme.example', name: 'New Comer', password: 'newcomer-canary-password' };
    const northwind = {
      ...{ id: 'northwind', name: 'Northwind', projectId: 'p-northwind' },
      ...{ environment: 'production', plane: 'public' },
    };
    const key = { scheme: 'oauth2', keyId: 'k', keySecret: 'new-canary-secret' };

    const directoryOf = async (browser: Browser, viewer: string): Promise<readonly unknown[]> =>
      Promise.all(
        [
          ...['tenants', 'users', 'tenants/acme/credentials', 'tenants/acme/members'],
          `sessions?userId=${viewer}`,
        ].map(async (path) => (await browser.get(`/v1/admin/${path}`)).json),
      );

    it.each<[operation: string, change: (browser: Browser, viewer: string) => Promise<Answer>]>([
      ['POST tenants', (browser) => browser.post('/v1/admin/tenants', northwind)],
      ['PATCH tenants', (browser) => browser.patch('/v1/admin/tenants/acme', { name: 'Acme Group' })],
      ['DELETE tenants', (browser) => browser.delete('/v1/admin/tenants/acme')],
      ['PUT credentials', (browser) => browser.put('/v1/admin/tenants/acme/credentials', key)],
      ['DELETE credentials', (browser) => browser.delete('/v1/admin/tenants/acme/credentials')],
      ['POST credentials/check', (browser) => browser.post('/v1/admin/tenants/acme/credentials/check', key)],
      [
        'PUT members',
        (browser, viewer) => browser.put(`/v1/admin/tenants/acme/members/${viewer}`, { role: 'editor' }),
      ],
      ['DELETE members', (browser, viewer) => browser.delete(`/v1/admin/tenants/acme/members/${viewer}`)],
      ['POST users', (browser) => browser.post('/v1/admin/users', person)],
      ['PATCH users', (browser, viewer) => browser.patch(`/v1/admin/users/${viewer}`, { disabled: true })],
      ['DELETE users', (browser, viewer) => browser.delete(`/v1/admin/users/${viewer}`)],
      ['DELETE sessions', (browser, viewer) => browser.delete(`/v1/admin/sessions?userId=${viewer}`)],
    ])('rejects %s, which has no effect', async (operation, change) => {
      const browser = await elevatedAdmin(bff);
      const viewerBrowser = await bff.signedIn(the.viewer);
      const viewer = ((await viewerBrowser.get('/session')).json as { user: { id: string } }).user.id;
      const before = await directoryOf(browser, viewer);
      const answer = await duringOutage(() => change(browser, viewer));
      expectAuditUnavailable(answer);
      expect(await directoryOf(browser, viewer)).toEqual(before);
      expect((await viewerBrowser.get('/session')).status).toBe(200);
      expect(bff.sinch.all.requests).toEqual([]);
      if (operation === 'POST credentials/check') expectNothingSent();
      expect((await auditLog()).filter(({ requestId }) => requestId === requestIdOf(answer))).toEqual([]);
    });

    it('permits all reads except those of the audit log', async () => {
      const browser = await bff.signedIn(the.admin, 'admin');
      await duringOutage(async () => {
        for (const list of ['tenants', 'users', 'sessions', 'tenants/acme/members']) {
          expect((await browser.get(`/v1/admin/${list}`)).status).toBe(200);
        }
        const answer = await browser.get('/v1/admin/audit');
        expectProblem(answer, 503, 'bff_directory_unavailable');
        expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      });
    });
  });

  describe('after the outage', () => {
    /** Requests of a member during an outage, one minute apart. */
    async function requestsDuringOutage(): Promise<readonly { readonly id: string; readonly at: string }[]> {
      const done: { readonly id: string; readonly at: string }[] = [];
      const send = async (answer: Promise<Answer>): Promise<void> => {
        done.push({ id: requestIdOf(await answer), at: new Date(bff.now()).toISOString() });
        bff.turnClock(60_000);
      };
      await duringOutage(async () => {
        const browser = bff.browser();
        await send(browser.post('/session', { email: the.viewer.email, password: 'canary-wrong' }));
        await send(browser.signIn(the.viewer));
        await send(browser.delete('/v1/tenants/acme/whatsapp'));
        await send(browser.delete('/session'));
      });
      return done;
    }
    const eventsOf = (done: readonly { readonly id: string }[]): Promise<readonly AuditRecord[]> =>
      eventually(
        async () => {
          const events = (await auditLog()).filter(({ requestId }) =>
            done.some(({ id }) => id === requestId),
          );
          expect(events).toHaveLength(done.length);
          return events.reverse();
        },
        { withinMs: 10_000 },
      );

    it('each action during the outage is audited once', async () => {
      const done = await requestsDuringOutage();
      const events = await eventsOf(done);
      expect(done.map(({ id }) => events.find(({ requestId }) => requestId === id)?.event)).toEqual([
        ...['session.sign-in-failed', 'session.signed-in', 'access.denied', 'session.signed-out'],
      ]);
    });

    it('actions during the outage are audited in their order', async () => {
      const done = await requestsDuringOutage();
      expect((await eventsOf(done)).map(({ requestId }) => requestId)).toEqual(done.map(({ id }) => id));
    });

    it('actions during the outage are audited with their time', async () => {
      const done = await requestsDuringOutage();
      const events = await eventsOf(done);
      expect(done.map(({ id }) => events.find(({ requestId }) => requestId === id)?.at)).toEqual(
        done.map(({ at }) => at),
      );
    });

    it('each write of a member to the upstream during the outage is audited', async () => {
      const editor = await bff.signedIn(the.editor);
      const done: { readonly id: string }[] = [];
      await duringOutage(async () => {
        for (let call = 0; call < 3; call += 1) {
          const answer = await editor.delete('/v1/tenants/acme/whatsapp');
          expect(answer.status).toBeLessThan(300);
          done.push({ id: requestIdOf(answer) });
        }
      });
      const events = await eventsOf(done);
      expect(events.map(({ event, outcome }) => [event, outcome])).toEqual(
        done.map(() => ['upstream.write', 'success']),
      );
    });

    it('buffered events are written without another request', async () => {
      const answer = await duringOutage(() => bff.browser().signIn(the.partner));
      const isWritten = `DO $$ BEGIN
        ASSERT (SELECT count(*) FROM audit_events WHERE record LIKE '%${requestIdOf(answer)}%') = 1;
      END $$`;
      await eventually(() => bff.sql(isWritten), { withinMs: 10_000 });
    });

    it('the next one-time code elevates after a failed attempt during the outage, and the reason is audited', async () => {
      const browser = await bff.signedIn(the.admin, 'admin');
      await duringOutage(() => askElevation(bff, browser));
      bff.turnClock(30_000);
      const answer = await browser.post('/session/elevation', { code: codeAt(bff.now()), reason: REASON });
      expect(answer.status).toBe(200);
      const begun = (await auditLog()).filter(
        ({ event, requestId }) => event === 'elevation.begun' && requestId === requestIdOf(answer),
      );
      expect(begun).toMatchObject([{ reason: REASON, outcome: 'success' }]);
    });
  });
}

describe('while the table of the audit log is missing', () => {
  describeOutage(async () => {
    const bff = await startBff();
    return {
      bff,
      begin: () => bff.sql('ALTER TABLE audit_events RENAME TO hidden'),
      end: () => bff.sql('ALTER TABLE hidden RENAME TO audit_events'),
    };
  });
});

describeWithPostgres('while PostgreSQL is unavailable', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  async function sql(...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  const environmentAt = (url: string): Record<string, string> => ({
    DATABASE_URL: url,
    BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  });

  async function start(): Promise<AuditOutage> {
    const url = await postgres.createDatabase();
    const name = new URL(url).pathname.slice(1);
    return {
      bff: await startBff({ environment: environmentAt(url) }),
      begin: () =>
        sql(
          `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
        ),
      end: () => sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`),
    };
  }

  describeOutage(start);

  it('repeated outages leak no connection: all calls are served afterwards, and the service can close', async () => {
    const { bff, begin, end } = await start();
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
  });

  it('no event is lost during a restart, and every call through the admin plane is audited', async () => {
    const bff = await startBff({ environment: environmentAt(await postgres.createDatabase()) });
    try {
      const elevated = await elevatedAdmin(bff, { tenantId: 'summit' });
      let hasRestarted = false;
      const restarting = postgres.restart().finally(() => (hasRestarted = true));
      const signIn = await bff.browser().signIn(the.viewer);
      const calls: Answer[] = [];
      while (!hasRestarted) calls.push(await elevated.get('/v1/tenants/summit/whatsapp'));
      await restarting;
      expect(new Set(calls.map(({ status }) => status))).toContain(503);
      for (const rejected of calls.filter(({ status }) => status !== 200)) expectAuditUnavailable(rejected);
      const auditor = await bff.signedIn(the.admin, 'admin');
      const events = await eventually(
        async () => {
          const answer = await auditor.get('/v1/admin/audit?pageSize=100');
          expect(answer.status).toBe(200);
          return (answer.json as { events: readonly AuditRecord[] }).events;
        },
        { withinMs: 10_000 },
      );
      expect(events.filter(({ requestId }) => requestId === requestIdOf(signIn))).toHaveLength(1);
      const sent = bff.sinch['admin-production'].requests.map(({ headers }) => headers['x-request-id']);
      const begun = events.filter(({ outcome }) => outcome === 'begun').map(({ requestId }) => requestId);
      expect(begun).toEqual(expect.arrayContaining(sent));
      expect(sent).toHaveLength(calls.filter(({ status }) => status === 200).length);
    } finally {
      await bff.close();
    }
  });
});
