import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deputy } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation, elevatedAdmin, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { elevation, requestIdOf, AuditLogReader } from '../support/audit-log-reader.js';

let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  auditLog = await AuditLogReader.of(bff);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

describe('the end of an elevation', () => {
  const endOf = async (browser: Browser): Promise<AuditRecord | undefined> => {
    const session = await sessionHashOf(browser);
    return (await auditLog.events()).find(
      (event) => event.event === 'elevation.ended' && event.session === session,
    );
  };
  const sessionHashOf = async (browser: Browser): Promise<string | null | undefined> => {
    const id = requestIds.get(browser);
    return (await auditLog.events()).find(
      ({ event, requestId }) => event === 'elevation.begun' && requestId === id,
    )?.session;
  };
  const requestIds = new Map<Browser, string>();
  const elevated = async (): Promise<Browser> => {
    const browser = await bff.signedIn(the.admin, 'admin');
    const answer = await askElevation(bff, browser, { tenantId: 'summit' });
    expect(answer.status).toBe(200);
    requestIds.set(browser, requestIdOf(answer));
    return browser;
  };

  it.each<[cause: string, end: (browser: Browser) => Promise<unknown>]>([
    ['ended', (browser) => browser.delete('/session/elevation')],
    ['replaced', (browser) => askElevation(bff, browser)],
    ['session-ended', (browser) => browser.delete('/session')],
    ['expired', () => Promise.resolve(bff.turnClock(15 * 60_000))],
    [
      'revoked',
      async () => {
        const demoted = { email: the.admin.email, role: 'user' };
        await bff.apply({ users: [demoted] });
        await bff.apply({ users: [{ ...demoted, role: 'admin' }] });
      },
    ],
  ])('is audited with its cause: %s (ELV-05)', async (cause, end) => {
    const browser = await elevated();
    const session = await sessionHashOf(browser);
    await end(browser);
    await eventually(
      async () => {
        const [ended, begun] = (await auditLog.events('tenantId=summit')).filter(
          (event) => event.session === session && event.event.startsWith('elevation.'),
        );
        expect(ended).toMatchObject({
          ...{ event: 'elevation.ended', outcome: 'success', reason: REASON, tenantId: 'summit' },
          ...{ actor: auditLog.actor(the.admin.email), frontend: 'admin', details: { cause } },
        });
        expect(begun).toMatchObject({ event: 'elevation.begun', elevationId: ended?.elevationId });
      },
      { withinMs: 5_000 },
    );
  });

  it('is audited even if its user elevates again at the moment when it expires', async () => {
    const browser = await elevated();
    const session = await sessionHashOf(browser);
    bff.turnClock(14 * 60_000);
    await browser.get('/v1/tenants');
    bff.turnClock(60_000);
    await askElevation(bff, browser, { tenantId: 'summit' });
    const ends = (await auditLog.events('tenantId=summit')).filter(
      (event) => event.session === session && event.event === 'elevation.ended',
    );
    expect(ends).toMatchObject([{ details: { cause: 'expired' }, requestId: null }]);
  });

  it.each<[by: string, end: (browser: Browser) => Promise<Answer>]>([
    ['DELETE /session/elevation', (browser) => browser.delete('/session/elevation')],
    ['the next elevation', (browser) => askElevation(bff, browser)],
    ['DELETE /session', (browser) => browser.delete('/session')],
  ])('has the id of the request that caused it: %s', async (_, end) => {
    const browser = await elevated();
    const answer = await end(browser);
    const ended = await eventually(async () => (await endOf(browser)) ?? Promise.reject(new Error('none')), {
      withinMs: 2_000,
    });
    expect(ended.requestId).toBe(requestIdOf(answer));
  });
});

describe('a call through the admin plane (ELV-10, LOG-08)', () => {
  const upstream = (): Bff['sinch']['admin-production'] => bff.sinch['admin-production'];
  const conflict = { errorCode: 'conflict', message: 'It exists', resolution: 'Use another' };

  it('is audited as begun before it is sent, and as a success before the response', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    let duringCall: readonly AuditRecord[] = [];
    upstream().answer(async (request) => {
      const id = String(request.headers['x-request-id']);
      duringCall = (await auditLog.events('tenantId=summit')).filter(({ requestId }) => requestId === id);
      return { body: { ok: true } };
    });
    const answer = await browser.get('/v1/tenants/summit/whatsapp');
    expect(answer.status).toBe(200);
    expect(duringCall.map(({ outcome }) => outcome)).toEqual(['begun']);
    const events = await auditLog.ofRequest(answer);
    expect(events[0]).toEqual(duringCall[0]);
    expect(events.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['admin-plane.call', 'begun'],
      ['admin-plane.call', 'success'],
    ]);
    expect(events[1]).toMatchObject({
      ...{ actor: auditLog.actor(the.admin.email), frontend: 'admin', tenantId: 'summit', ...elevation },
      details: { method: 'GET', status: 200 },
    });
  });

  it.each<
    [
      name: string,
      reply: Parameters<ReturnType<typeof upstream>['answer']>[0],
      outcome: string,
      details: object,
    ]
  >([
    [
      'an error of the upstream',
      { status: 409, body: conflict },
      'refused',
      { status: 409, errorCode: 'conflict' },
    ],
    [
      'an upstream body that is not JSON',
      { body: '<html>', headers: { 'content-type': 'text/html' } },
      'failed',
      { status: 502, errorCode: 'bff_upstream_invalid_response' },
    ],
    [
      'a closed upstream connection',
      { raw: '', then: 'destroy' },
      'failed',
      { status: 502, errorCode: 'bff_upstream_unreachable' },
    ],
  ])('is audited with its outcome after %s', async (_, reply, outcome, details) => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    upstream().answer(reply);
    const answer = await browser.delete('/v1/tenants/summit/whatsapp');
    const events = await auditLog.ofRequest(answer);
    expect(events.map(({ outcome }) => outcome)).toEqual(['begun', outcome]);
    expect(events[1]).toMatchObject({
      event: 'admin-plane.call',
      details: { method: 'DELETE', ...details },
    });
    expect(events[1]?.elevationId).toBe(events[0]?.elevationId);
  });

  it('is audited as failed if the browser disconnects', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    upstream().answer({ hang: true });
    const arrived = upstream().nextRequest();
    const leaving = new AbortController();
    const answer = browser.request('GET', '/v1/tenants/summit/whatsapp', { signal: leaving.signal });
    const { headers } = await arrived;
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await eventually(
      async () => {
        const events = await auditLog.events('tenantId=summit');
        const ours = events.filter(({ requestId }) => requestId === headers['x-request-id']);
        expect(ours.map(({ outcome }) => outcome)).toEqual(['failed', 'begun']);
      },
      { withinMs: 2_000 },
    );
  });

  it('is audited without its query and body', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    const answers = [
      await browser.get('/v1/tenants/summit/whatsapp/activities?pageToken=canary-page&pageSize=2'),
      await browser.post('/v1/tenants/summit/whatsapp/comments', { comment: 'canary comment' }),
    ];
    for (const answer of answers) {
      const events = await auditLog.ofRequest(answer);
      expect(events).toHaveLength(2);
      expect(JSON.stringify(events)).not.toContain('canary');
    }
  });

  it('is neither made nor audited for an elevated admin who is a member of the public tenant', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'harbour' });
    expect((await browser.get('/v1/tenants/harbour/whatsapp')).status).toBe(200);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
    const events = await auditLog.events('tenantId=harbour');
    expect(events.filter(({ event }) => event === 'admin-plane.call')).toEqual([]);
  });
});
