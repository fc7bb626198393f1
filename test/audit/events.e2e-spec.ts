import { AUDIT_EVENTS, type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adminBodies } from '../support/administering.js';
import { type AuditLogReader, elevation } from '../support/audit-log-reader.js';
import { type Browser } from '../support/browser.js';
import { askElevation, elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type Action, AuditedActions, type Expected, expectNoSecretsIn } from './audited-actions.js';

let actions: AuditedActions;
let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  actions = await AuditedActions.start();
  ({ bff, auditLog } = actions);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

const cookieOf = (browser: Browser): string => browser.cookies.get('__Host-bff-session') ?? '';
const sessionIdOf = async (browser: Browser): Promise<string> =>
  ((await browser.get('/session')).json as { id: string }).id;

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
      () => actions.as(the.editor, (browser) => browser.delete('/session')),
      { event: 'session.signed-out', outcome: 'success', tenantId: null },
    ],
    [
      'sessions.revoked, for all other sessions of the user',
      () => actions.as(the.editor, (browser) => browser.delete('/sessions')),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null },
    ],
    [
      'sessions.revoked, for one session',
      () =>
        actions.as(the.editor, async (browser) =>
          browser.delete(`/sessions/${await sessionIdOf(await bff.signedIn(the.editor))}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, details: { count: 1 } },
    ],
    [
      'sessions.revoked, for the sessions of another user',
      () =>
        actions.asElevated((browser) =>
          browser.delete(`/v1/admin/sessions?userId=${auditLog.idOf(the.viewer.email)}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, ...elevation },
    ],
    [
      'sessions.revoked, for the sessions of the members of a tenant',
      () => actions.asElevated((browser) => browser.delete('/v1/admin/sessions?tenantId=orchard')),
      { event: 'sessions.revoked', outcome: 'success', tenantId: 'orchard', ...elevation },
    ],
    [
      'elevation.begun, for a tenant',
      () => actions.asAdmin((browser) => askElevation(bff, browser, { tenantId: 'summit' })),
      { event: 'elevation.begun', outcome: 'success', tenantId: 'summit', ...elevation },
    ],
    [
      'elevation.begun, for administration',
      () => actions.asAdmin((browser) => askElevation(bff, browser)),
      { event: 'elevation.begun', outcome: 'success', tenantId: null, ...elevation },
    ],
    [
      'directory.changed, for the own password',
      () =>
        actions.as(the.viewer, async (browser) => {
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
  ])('%s', (_, act, expected) => actions.expectAudited(act, expected));
});

describe('an event of a denied request has its time, actor, origin, object and outcome (LOG-06)', () => {
  it.each<[name: string, act: Action, expected: Expected]>([
    [
      'access.denied, for an incorrect current password',
      () =>
        actions.as(the.viewer, (browser) =>
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
      'access.denied, for a write of a viewer',
      () => actions.as(the.viewer, (browser) => browser.delete('/v1/tenants/acme/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'acme',
        details: { operation: 'account.delete', errorCode: 'bff_role_required' },
      },
    ],
    [
      'access.denied, for a tenant without a membership',
      () => actions.as(the.editor, (browser) => browser.get('/v1/tenants/orchard/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'orchard',
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, for a tenant that does not exist, which gets no chain',
      () => actions.as(the.editor, (browser) => browser.get('/v1/tenants/canary-tenant/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: null,
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, for an elevation with an incorrect code',
      () =>
        actions.asAdmin(async (browser) => {
          await askElevation(bff, browser);
          const code = '000000';
          return browser.post('/session/elevation', { code, reason: 'Ticket 4712', tenantId: 'summit' });
        }),
      { event: 'access.denied', outcome: 'refused' },
    ],
  ])('%s', (_, act, expected) => actions.expectAudited(act, expected));
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
    await (await elevatedAdmin(bff)).post('/v1/admin/tenants', adminBodies['admin.tenants.create']);
    await (await bff.signedIn(the.editor)).delete('/v1/tenants/acme/whatsapp');
    const expected = Object.keys(AUDIT_EVENTS).filter(
      (name) => !['audit.pruned', 'audit.resealed', 'keys.rotated'].includes(name),
    );
    const all = await eventually(
      async () => {
        const events = await auditLog.events();
        expect([...new Set(events.map(({ event }) => event))].sort()).toEqual(expected.sort());
        return events;
      },
      { withinMs: 5_000 },
    );
    expectNoSecretsIn(all);
  });
});
