import { AUDIT_EVENTS, type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adminBodies } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation, elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { elevation, requestIdOf, AuditLogReader } from '../support/audit-log-reader.js';

let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  bff = await startBff();
  auditLog = await AuditLogReader.of(bff);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

const cookieOf = (browser: Browser): string => browser.cookies.get('__Host-bff-session') ?? '';
const sessionIdOf = async (browser: Browser): Promise<string> =>
  ((await browser.get('/session')).json as { id: string }).id;
const withoutElevation = { elevationId: null, reason: null };

/** Members of a record, or matchers for them. */
type Expected = { readonly [Member in keyof AuditRecord]?: unknown };
type Action = () => Promise<{ answer: Answer; by: string; frontend: FrontendName }>;
const as = async (
  user: typeof the.editor | typeof the.viewer,
  request: (browser: Browser) => Promise<Answer>,
): ReturnType<Action> => ({
  answer: await request(await bff.signedIn(user)),
  by: user.email,
  frontend: 'console',
});
const asElevated = async (
  request: (browser: Browser) => Promise<Answer>,
  target: { tenantId?: string } = {},
): ReturnType<Action> => ({
  answer: await request(await elevatedAdmin(bff, target)),
  by: the.admin.email,
  frontend: 'admin',
});
const asAdmin = async (request: (browser: Browser) => Promise<Answer>): ReturnType<Action> => ({
  answer: await request(await bff.signedIn(the.admin, 'admin')),
  by: the.admin.email,
  frontend: 'admin',
});

const northwind = adminBodies['admin.tenants.create'];
const newcomer = { ...adminBodies['admin.users.create'], memberships: [] };
const usersPath = '/v1/admin/users';

/** A new elevation may end one of an earlier test, and new credentials are checked before they are set. */
const isSideEffect = ({ event, outcome, details }: AuditRecord): boolean =>
  event === 'elevation.ended' ||
  (event === 'credential.used' && (outcome === 'begun' || details['given'] === true));

describe('an event has its time, actor, origin, object and outcome (LOG-06)', () => {
  it.each<[name: string, act: Action, expected: Expected]>([
    [
      'session.signed-in',
      async () => {
        const browser = bff.browser();
        return { answer: await browser.signIn(the.editor), by: the.editor.email, frontend: 'console' };
      },
      { event: 'session.signed-in', outcome: 'success', tenantId: null, details: { method: 'password' } },
    ],
    [
      'session.signed-out',
      () => as(the.editor, (browser) => browser.delete('/session')),
      { event: 'session.signed-out', outcome: 'success', tenantId: null },
    ],
    [
      'sessions.revoked, for all other sessions of the user',
      () => as(the.editor, (browser) => browser.delete('/sessions')),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null },
    ],
    [
      'sessions.revoked, for one session',
      () =>
        as(the.editor, async (browser) =>
          browser.delete(`/sessions/${await sessionIdOf(await bff.signedIn(the.editor))}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, details: { count: 1 } },
    ],
    [
      'sessions.revoked, for the sessions of another user',
      () =>
        asElevated((browser) =>
          browser.delete(`/v1/admin/sessions?userId=${auditLog.idOf(the.viewer.email)}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, ...elevation },
    ],
    [
      'sessions.revoked, for the sessions of the members of a tenant',
      () => asElevated((browser) => browser.delete('/v1/admin/sessions?tenantId=orchard')),
      { event: 'sessions.revoked', outcome: 'success', tenantId: 'orchard', ...elevation },
    ],
    [
      'elevation.begun, for a tenant',
      () => asAdmin((browser) => askElevation(bff, browser, { tenantId: 'summit' })),
      { event: 'elevation.begun', outcome: 'success', tenantId: 'summit', ...elevation },
    ],
    [
      'elevation.begun, for administration',
      () => asAdmin((browser) => askElevation(bff, browser)),
      { event: 'elevation.begun', outcome: 'success', tenantId: null, ...elevation },
    ],
    [
      'directory.changed, for a tenant',
      () => asElevated((browser) => browser.post('/v1/admin/tenants', northwind)),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'northwind',
        details: { record: 'tenant', id: 'northwind', action: 'created' },
        ...elevation,
      },
    ],
    [
      'directory.changed, for credentials',
      () =>
        asElevated((browser) =>
          browser.put('/v1/admin/tenants/bare/credentials', {
            scheme: 'oauth2',
            keyId: 'bare-key',
            keySecret: 'bare-canary-secret',
          }),
        ),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'bare',
        details: { record: 'credentials', id: 'bare', action: 'created' },
        ...elevation,
      },
    ],
    [
      'directory.changed, for a membership',
      () =>
        asElevated((browser) =>
          browser.put(`/v1/admin/tenants/orchard/members/${auditLog.idOf(the.viewer.email)}`, {
            role: 'viewer',
          }),
        ),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: 'orchard',
        details: expect.objectContaining({
          record: 'membership',
          action: 'created',
          role: 'viewer',
        }),
        ...elevation,
      },
    ],
    [
      'directory.changed, for a user',
      () => asElevated((browser) => browser.post(usersPath, newcomer)),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: null,
        details: expect.objectContaining({ record: 'user', action: 'created', role: 'user' }),
        ...elevation,
      },
    ],
    [
      'directory.changed, for the own password',
      () =>
        as(the.viewer, async (browser) => {
          const next = `${the.viewer.password}-next`;
          const answer = await browser.put('/session/password', { current: the.viewer.password, new: next });
          await browser.put('/session/password', { current: next, new: the.viewer.password });
          return answer;
        }),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: null,
        details: expect.objectContaining({ record: 'user', action: 'updated' }),
      },
    ],
    [
      'credential.used, for a check',
      () => asElevated((browser) => browser.post('/v1/admin/tenants/acme/credentials/check')),
      { event: 'credential.used', outcome: 'success', tenantId: 'acme', ...elevation },
    ],
    [
      'access.denied, for an incorrect current password',
      () =>
        as(the.viewer, (browser) =>
          browser.put('/session/password', { current: 'canary', new: 'another-canary-password' }),
        ),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: null,
        details: { operation: 'session.change-password', errorCode: 'bff_invalid_credentials' },
      },
    ],
    [
      'directory.changed, for only the name of a tenant',
      () =>
        asElevated((browser) =>
          browser.patch('/v1/admin/tenants/lantern', {
            ...the.lantern,
            id: undefined,
            credentials: undefined,
            name: 'L',
          }),
        ),
      {
        event: 'directory.changed',
        tenantId: 'lantern',
        details: { record: 'tenant', id: 'lantern', action: 'updated', members: ['name'] },
        ...elevation,
      },
    ],
    [
      'access.denied, for a write of a viewer',
      () => as(the.viewer, (browser) => browser.delete('/v1/tenants/acme/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'acme',
        details: { operation: 'account.delete', errorCode: 'bff_role_required' },
      },
    ],
    [
      'access.denied, for a tenant without a membership',
      () => as(the.editor, (browser) => browser.get('/v1/tenants/orchard/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'orchard',
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, for a tenant that does not exist, which gets no chain',
      () => as(the.editor, (browser) => browser.get('/v1/tenants/canary-tenant/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: null,
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, for administration without the role admin',
      () => as(the.editor, (browser) => browser.get('/v1/admin/audit')),
      { event: 'access.denied', outcome: 'refused', tenantId: null },
    ],
    [
      'access.denied, for administration without an elevation',
      () => asAdmin((browser) => browser.delete('/v1/admin/tenants/lantern')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'lantern',
        details: { operation: 'admin.tenants.delete', errorCode: 'bff_elevation_required' },
      },
    ],
    [
      'access.denied, for an elevation with an incorrect code',
      () =>
        asAdmin(async (browser) => {
          await askElevation(bff, browser);
          const code = '000000';
          return browser.post('/session/elevation', { code, reason: 'Ticket 4712', tenantId: 'summit' });
        }),
      { event: 'access.denied', outcome: 'refused' },
    ],
  ])('%s', async (_, act, expected) => {
    const { answer, by, frontend } = await act();
    const event = await eventually(
      async () => {
        const recorded = (await auditLog.ofRequest(answer)).filter((event) => !isSideEffect(event));
        expect(recorded.filter(({ event }) => event !== expected.event)).toEqual([]);
        expect(recorded).toHaveLength(1);
        return recorded[0];
      },
      { withinMs: 5_000 },
    );
    expect(event).toMatchObject({
      actor: auditLog.actor(by),
      frontend,
      requestId: requestIdOf(answer),
      ...expected,
    });
    if (!('elevationId' in expected) && by !== the.admin.email) expect(event).toMatchObject(withoutElevation);
    expect(event?.session).toMatch(/^[0-9a-f]{64}$/);
    expect(event?.clientAddress).toBe('127.0.0.1');
    expect(event?.at).toBe(new Date(bff.now()).toISOString());
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a failed sign-in', () => {
  it('to a known account is audited with the user and without a session', async () => {
    const answer = await bff.browser().post('/session', { email: the.editor.email, password: 'canary' });
    expect(answer.status).toBe(401);
    const expected = expect.objectContaining({
      ...{ event: 'session.sign-in-failed', outcome: 'refused', actor: auditLog.actor(the.editor.email) },
      ...{ frontend: 'console', session: null, tenantId: null, clientAddress: '127.0.0.1' },
    });
    await eventually(async () => expect(await auditLog.ofRequest(answer)).toEqual([expected]), {
      withinMs: 5_000,
    });
  });

  it('to an unknown account is audited with a keyed hash of the address, and without the address or password', async () => {
    const failed = async (email: string): Promise<AuditRecord> => {
      const answer = await bff.browser().post('/session', { email, password: 'canary' });
      expect(answer.status).toBe(401);
      return eventually(
        async () => {
          const [event, ...others] = await auditLog.ofRequest(answer);
          expect(event).toMatchObject({
            ...{
              event: 'session.sign-in-failed',
              outcome: 'refused',
              actor: { kind: 'anonymous', id: null },
            },
            ...{ frontend: 'console', session: null, tenantId: null, clientAddress: '127.0.0.1' },
            details: { method: 'password', account: expect.stringMatching(/^[\w-]{16}$/) },
          });
          expect(others).toEqual([]);
          return event as AuditRecord;
        },
        { withinMs: 5_000 },
      );
    };
    const [one, again, other] = [
      await failed('No@Body.example'),
      await failed('no@body.example'),
      await failed('some@body.example'),
    ];
    expect(again.details['account']).toBe(one.details['account']);
    expect(other.details['account']).not.toBe(one.details['account']);
    expect(JSON.stringify([one, again, other])).not.toMatch(/body/i);
  });
});

describe('the session of an event', () => {
  it('is a hash, constant within a session and unique to it, that does not authenticate', async () => {
    const [one, other] = [await bff.signedIn(the.viewer), await bff.signedIn(the.viewer)];
    const denials = [
      await one.delete('/v1/tenants/acme/whatsapp'),
      await one.delete('/v1/tenants/acme/whatsapp'),
      await other.delete('/v1/tenants/acme/whatsapp'),
    ];
    const recorded = await eventually(
      async () => {
        const all = await Promise.all(denials.map((answer) => auditLog.ofRequest(answer)));
        expect(all.map(({ length }) => length)).toEqual([1, 1, 1]);
        return all;
      },
      { withinMs: 5_000 },
    );
    const [first, again, another] = recorded.map(([event]) => event?.session ?? '');
    expect(first).toBe(again);
    expect(another).not.toBe(first);
    const ids = [await sessionIdOf(one), cookieOf(one), await sessionIdOf(other), cookieOf(other)];
    const text = JSON.stringify(await auditLog.events());
    expect(ids.filter((id) => id === '' || text.includes(id))).toEqual([]);
    const thief = bff.browser();
    thief.setCookie('__Host-bff-session', first ?? '');
    expectProblem(await thief.get('/session'), 401, 'bff_session_required');
  });
});

describe('the audit log', () => {
  it('contains all kinds of events except those of the operator, and no secret (CRD-04, LOG-10)', async () => {
    await (await elevatedAdmin(bff, { tenantId: 'summit' })).get('/v1/tenants/summit/whatsapp');
    await (await bff.signedIn(the.editor)).delete('/v1/tenants/acme/whatsapp');
    const expected = Object.keys(AUDIT_EVENTS).filter(
      (name) => !['audit.pruned', 'audit.resealed'].includes(name),
    );
    const all = await eventually(
      async () => {
        const events = await auditLog.events();
        expect([...new Set(events.map(({ event }) => event))].sort()).toEqual(expected.sort());
        return events;
      },
      { withinMs: 5_000 },
    );
    expect(JSON.stringify(all)).not.toMatch(
      /canary|token-(?:production|staging)|Bearer |Basic |JBSWY3DPEHPK3PXP|argon2|bff1\./i,
    );
  });
});
