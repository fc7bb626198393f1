import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AUDIT_EVENTS, type AuditRecord } from '@bff/audit';
import { loadConfig } from '@bff/config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operatorProgram } from '../apps/bff/src/cli/program.js';
import { startService } from '../apps/bff/src/service.js';
import { type Answer, Browser } from './support/browser.js';
import { askElevation, elevatedAdmin, REASON } from './support/elevating.js';
import { eventually } from './support/eventually.js';
import { expectProblem } from './support/forwarding.js';
import { type Bff, type FrontendName, frontends, startBff } from './support/start-bff.js';
import { the } from './support/the.js';

const DAY_MS = 24 * 60 * 60_000;
const second = { ...the.admin, email: 'second@bff.example', name: 'Sec Ond', memberships: [] };

let bff: Bff;
const idOf = new Map<string, string>();
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, second] } });
  const auditor = await bff.signedIn(the.admin, 'admin');
  const { users } = (await auditor.get('/v1/admin/users')).json as {
    users: readonly { id: string; email: string }[];
  };
  for (const { id, email } of users) idOf.set(email, id);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

interface Page {
  readonly events: readonly AuditRecord[];
  readonly nextPageToken?: string;
}

const page = async (auditor: Browser, query: string): Promise<Page> => {
  const answer = await auditor.get(`/v1/admin/audit?${query}`);
  expect(answer.status).toBe(200);
  return answer.json as Page;
};

/** Every event that a query finds, page after page. */
async function trail(query = '', size = 100): Promise<readonly AuditRecord[]> {
  const auditor = await bff.signedIn(the.admin, 'admin');
  const events: AuditRecord[] = [];
  for (let next = ''; ;) {
    const found = await page(auditor, `${query}&pageSize=${size}${next}`.replace(/^&/, ''));
    events.push(...found.events);
    if (found.nextPageToken === undefined) return events;
    next = `&pageToken=${encodeURIComponent(found.nextPageToken)}`;
  }
}

const requestIdOf = ({ headers }: Answer): string => String(headers['x-request-id']);

/** What the trail says of one request, the oldest first. */
async function recordedOf(answer: Answer): Promise<readonly AuditRecord[]> {
  return (await trail()).filter(({ requestId }) => requestId === requestIdOf(answer)).reverse();
}

const cookieOf = (browser: Browser): string => browser.cookies.get('__Host-bff-session') ?? '';
const sessionIdOf = async (browser: Browser): Promise<string> =>
  ((await browser.get('/session')).json as { id: string }).id;
const user = (email: string): AuditRecord['actor'] => ({ kind: 'user', id: idOf.get(email) ?? '' });

const elevation = { elevationId: expect.any(String), reason: REASON };
const withoutElevation = { elevationId: null, reason: null };

/** Members of a record, or matchers for them. */
type Expected = { readonly [Member in keyof AuditRecord]?: unknown };
type Provocation = () => Promise<{ answer: Answer; by: string; frontend: FrontendName }>;
const as = async (
  who: typeof the.editor | typeof the.viewer,
  ask: (browser: Browser) => Promise<Answer>,
): ReturnType<Provocation> => ({
  answer: await ask(await bff.signedIn(who)),
  by: who.email,
  frontend: 'console',
});
const asElevated = async (
  ask: (browser: Browser) => Promise<Answer>,
  wish: { tenantId?: string } = {},
): ReturnType<Provocation> => ({
  answer: await ask(await elevatedAdmin(bff, wish)),
  by: the.admin.email,
  frontend: 'admin',
});
const asAdmin = async (ask: (browser: Browser) => Promise<Answer>): ReturnType<Provocation> => ({
  answer: await ask(await bff.signedIn(the.admin, 'admin')),
  by: the.admin.email,
  frontend: 'admin',
});

const credentialsOf = ({ email, password }: { email: string; password: string }): object => ({
  email,
  password,
});

const northwind = {
  id: 'northwind',
  name: 'Northwind Traders',
  projectId: 'p-northwind',
  environment: 'production',
  plane: 'public',
};
const newcomer = { email: 'new@acme.example', name: 'New Comer', password: 'newcomer-canary-password' };
const usersPath = '/v1/admin/users';

describe('an event says when, who, where, on what and with what outcome (LOG-06)', () => {
  it.each<[what: string, provoke: Provocation, expected: Expected]>([
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
      'sessions.revoked, all others',
      () => as(the.editor, (browser) => browser.delete('/sessions')),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null },
    ],
    [
      'sessions.revoked, one',
      () =>
        as(the.editor, async (browser) =>
          browser.delete(`/sessions/${await sessionIdOf(await bff.signedIn(the.editor))}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, details: { count: 1 } },
    ],
    [
      'sessions.revoked, those of a user',
      () =>
        asElevated((browser) =>
          browser.delete(`/v1/admin/sessions?userId=${idOf.get(the.viewer.email) ?? ''}`),
        ),
      { event: 'sessions.revoked', outcome: 'success', tenantId: null, ...elevation },
    ],
    [
      'sessions.revoked, those of the members of a tenant',
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
      'directory.changed, a tenant',
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
      'directory.changed, credentials',
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
      'directory.changed, a membership',
      () =>
        asElevated((browser) =>
          browser.put(`/v1/admin/tenants/orchard/members/${idOf.get(the.viewer.email) ?? ''}`, {
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
        }),
        ...elevation,
      },
    ],
    [
      'directory.changed, a user',
      () => asElevated((browser) => browser.post(usersPath, newcomer)),
      {
        event: 'directory.changed',
        outcome: 'success',
        tenantId: null,
        details: expect.objectContaining({ record: 'user', action: 'created' }),
        ...elevation,
      },
    ],
    [
      'directory.changed, the own password',
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
      { event: 'credential.used', tenantId: 'acme', ...elevation },
    ],
    [
      'access.denied, a viewer who writes',
      () => as(the.viewer, (browser) => browser.delete('/v1/tenants/acme/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'acme',
        details: { operation: 'account.delete', errorCode: 'bff_role_required' },
      },
    ],
    [
      'access.denied, a tenant of others',
      () => as(the.editor, (browser) => browser.get('/v1/tenants/orchard/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'orchard',
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, a tenant that does not exist: no chain is begun for what somebody typed',
      () => as(the.editor, (browser) => browser.get('/v1/tenants/canary-tenant/whatsapp')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: null,
        details: { operation: 'account.read', errorCode: 'bff_tenant_not_found' },
      },
    ],
    [
      'access.denied, administration without a role',
      () => as(the.editor, (browser) => browser.get('/v1/admin/audit')),
      { event: 'access.denied', outcome: 'refused', tenantId: null },
    ],
    [
      'access.denied, administration without an elevation',
      () => asAdmin((browser) => browser.delete('/v1/admin/tenants/lantern')),
      {
        event: 'access.denied',
        outcome: 'refused',
        tenantId: 'lantern',
        details: { operation: 'admin.tenants.delete', errorCode: 'bff_elevation_required' },
      },
    ],
    [
      'access.denied, an elevation with a wrong code',
      () =>
        asAdmin(async (browser) => {
          await askElevation(bff, browser);
          const code = '000000';
          return browser.post('/session/elevation', { code, reason: 'Ticket 4712', tenantId: 'summit' });
        }),
      { event: 'access.denied', outcome: 'refused' },
    ],
  ])('%s', async (_, provoke, expected) => {
    const { answer, by, frontend } = await provoke();
    // An elevation may take the place of one that an earlier test left.
    const expectedNames = new Set([expected.event, 'elevation.ended']);
    const recorded = await recordedOf(answer);
    expect(recorded.filter(({ event }) => !expectedNames.has(event))).toEqual([]);
    const events = recorded.filter(({ event }) => event === expected.event);
    expect(events).toHaveLength(1);
    const [event] = events;
    expect(event).toMatchObject({ actor: user(by), frontend, requestId: requestIdOf(answer), ...expected });
    if (!('elevationId' in expected) && by !== the.admin.email) expect(event).toMatchObject(withoutElevation);
    expect(event?.session).toMatch(/^[0-9a-f]{64}$/);
    expect(event?.at).toBe(new Date(bff.now()).toISOString());
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a sign-in that fails', () => {
  it('is on record for an account that is known, with the account and without a session', async () => {
    const answer = await bff.browser().post('/session', { ...credentialsOf(the.editor), password: 'canary' });
    expect(answer.status).toBe(401);
    expect(await recordedOf(answer)).toEqual([
      expect.objectContaining({
        ...{ event: 'session.sign-in-failed', outcome: 'refused', actor: user(the.editor.email) },
        ...{ frontend: 'console', session: null, tenantId: null },
      }),
    ]);
  });

  it('is not on record for an account that nobody has: nobody fills the trail from outside', async () => {
    const before = await trail();
    const answer = await bff.browser().post('/session', { email: 'no@body.example', password: 'canary' });
    expect(answer.status).toBe(401);
    expect((await recordedOf(answer)).length).toBe(0);
    expect((await trail()).filter(({ event }) => event === 'session.sign-in-failed').length).toBe(
      before.filter(({ event }) => event === 'session.sign-in-failed').length,
    );
  });
});

describe('the session of an event', () => {
  it('is a hash that is the same for the whole session, another for another, and opens nothing', async () => {
    const [one, other] = [await bff.signedIn(the.viewer), await bff.signedIn(the.viewer)];
    const denials = [
      await one.delete('/v1/tenants/acme/whatsapp'),
      await one.delete('/v1/tenants/acme/whatsapp'),
      await other.delete('/v1/tenants/acme/whatsapp'),
    ];
    const recorded = await Promise.all(denials.map(recordedOf));
    const [first, again, another] = recorded.map(([event]) => event?.session ?? '');
    expect(first).toBe(again);
    expect(another).not.toBe(first);
    const known = [await sessionIdOf(one), cookieOf(one), await sessionIdOf(other), cookieOf(other)];
    const text = JSON.stringify(await trail());
    expect(known.filter((id) => id === '' || text.includes(id))).toEqual([]);
    const thief = bff.browser();
    thief.setCookie('__Host-bff-session', first ?? '');
    expectProblem(await thief.get('/session'), 401, 'bff_session_required');
  });
});

describe('the end of an elevation', () => {
  const endOf = async (browser: Browser): Promise<AuditRecord | undefined> => {
    const session = await sessionHashOf(browser);
    return (await trail()).find((event) => event.event === 'elevation.ended' && event.session === session);
  };
  const sessionHashOf = async (browser: Browser): Promise<string | null | undefined> => {
    const id = requestIds.get(browser);
    return (await trail()).find(({ event, requestId }) => event === 'elevation.begun' && requestId === id)
      ?.session;
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
  ])('is on record with its cause: %s (ELV-05)', async (cause, end) => {
    const browser = await elevated();
    const session = await sessionHashOf(browser);
    await end(browser);
    await eventually(
      async () => {
        const [ended, begun] = (await trail('tenantId=summit')).filter(
          (event) => event.session === session && event.event.startsWith('elevation.'),
        );
        expect(ended).toMatchObject({
          ...{ event: 'elevation.ended', outcome: 'success', reason: REASON, tenantId: 'summit' },
          ...{ actor: user(the.admin.email), frontend: 'admin', details: { cause } },
        });
        expect(begun).toMatchObject({ event: 'elevation.begun', elevationId: ended?.elevationId });
      },
      { withinMs: 5_000 },
    );
  });

  it.each<[by: string, end: (browser: Browser) => Promise<Answer>]>([
    ['DELETE /session/elevation', (browser) => browser.delete('/session/elevation')],
    ['the next elevation', (browser) => askElevation(bff, browser)],
    ['DELETE /session', (browser) => browser.delete('/session')],
  ])('that a request brought about has its id: %s', async (_, end) => {
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
  const refusal = { errorCode: 'conflict', message: 'It exists', resolution: 'Use another' };

  it('is on record as begun before it is sent, and as a success before it is answered', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    let meanwhile: readonly AuditRecord[] = [];
    upstream().answer(async (request) => {
      const id = String(request.headers['x-request-id']);
      meanwhile = (await trail('tenantId=summit')).filter(({ requestId }) => requestId === id);
      return { body: { ok: true } };
    });
    const answer = await browser.get('/v1/tenants/summit/whatsapp');
    expect(answer.status).toBe(200);
    expect(meanwhile.map(({ outcome }) => outcome)).toEqual(['begun']);
    const events = await recordedOf(answer);
    expect(events[0]).toEqual(meanwhile[0]);
    expect(events.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['admin-plane.call', 'begun'],
      ['admin-plane.call', 'success'],
    ]);
    expect(events[1]).toMatchObject({
      ...{ actor: user(the.admin.email), frontend: 'admin', tenantId: 'summit', ...elevation },
      details: { method: 'GET', status: 200 },
    });
  });

  it.each<
    [
      what: string,
      reply: Parameters<ReturnType<typeof upstream>['answer']>[0],
      outcome: string,
      details: object,
    ]
  >([
    [
      'an error of its own',
      { status: 409, body: refusal },
      'refused',
      { status: 409, errorCode: 'conflict' },
    ],
    [
      'no JSON',
      { body: '<html>', headers: { 'content-type': 'text/html' } },
      'failed',
      { status: 502, errorCode: 'bff_upstream_invalid_response' },
    ],
    [
      'nothing',
      { raw: '', then: 'destroy' },
      'failed',
      { status: 502, errorCode: 'bff_upstream_unreachable' },
    ],
  ])(
    'that the upstream answered with %s is on record with what came of it',
    async (_, reply, outcome, details) => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      upstream().answer(reply);
      const answer = await browser.delete('/v1/tenants/summit/whatsapp');
      const events = await recordedOf(answer);
      expect(events.map(({ outcome }) => outcome)).toEqual(['begun', outcome]);
      expect(events[1]).toMatchObject({
        event: 'admin-plane.call',
        details: { method: 'DELETE', ...details },
      });
      expect(events[1]?.elevationId).toBe(events[0]?.elevationId);
    },
  );

  it('whose browser left is on record as failed', async () => {
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
        const events = await trail('tenantId=summit');
        const ours = events.filter(({ requestId }) => requestId === headers['x-request-id']);
        expect(ours.map(({ outcome }) => outcome)).toEqual(['failed', 'begun']);
      },
      { withinMs: 2_000 },
    );
  });

  it('is on record without anything that somebody typed: no query, no body', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    const answers = [
      await browser.get('/v1/tenants/summit/whatsapp/activities?pageToken=canary-page&pageSize=2'),
      await browser.post('/v1/tenants/summit/whatsapp/comments', { comment: 'canary comment' }),
    ];
    for (const answer of answers) {
      const events = await recordedOf(answer);
      expect(events).toHaveLength(2);
      expect(JSON.stringify(events)).not.toContain('canary');
    }
  });

  it('is none where the caller is a member of a public tenant: that call is not on record, elevated or not', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'harbour' });
    expect((await browser.get('/v1/tenants/harbour/whatsapp')).status).toBe(200);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
    const events = await trail('tenantId=harbour');
    expect(events.filter(({ event }) => event === 'admin-plane.call')).toEqual([]);
  });
});

describe('the use of a credential (CRD-15)', () => {
  const uses = async (tenant: string): Promise<readonly AuditRecord[]> =>
    (await trail(`tenantId=${tenant}`)).filter(
      ({ event, actor }) => event === 'credential.used' && actor.kind === 'service',
    );
  const call = async (tenant: string, times = 1): Promise<void> => {
    const browser = await bff.signedIn(the.editor);
    for (let time = 0; time < times; time += 1) {
      expect((await browser.get(`/v1/tenants/${tenant}/whatsapp`)).status).toBe(200);
    }
  };
  const toNextMorning = (): void => bff.turnClock(DAY_MS - (bff.now() % DAY_MS) + 60 * 60_000);

  it('is on record once for every token, by key id and version', async () => {
    toNextMorning();
    const before = (await uses('acme')).length;
    await call('acme', 3);
    expect(await uses('acme')).toHaveLength(before + 1);
    bff.turnClock(2 * 60 * 60_000);
    await call('acme', 2);
    const after = await uses('acme');
    expect(after).toHaveLength(before + 2);
    expect(after[0]).toMatchObject({
      ...{ outcome: 'success', actor: { kind: 'service', id: null }, session: null, tenantId: 'acme' },
      details: { scheme: 'oauth2', keyId: 'acme-key', version: expect.any(Number), server: 'production' },
    });
    expect(bff.sinch.tokens.production.requests).toHaveLength(2);
  });

  it('of scheme basic is on record once for every version and day', async () => {
    toNextMorning();
    const before = (await uses('harbour')).length;
    await call('harbour', 3);
    expect(await uses('harbour')).toHaveLength(before + 1);
    bff.turnClock(22 * 60 * 60_000 + 59 * 60_000);
    await call('harbour');
    expect(await uses('harbour')).toHaveLength(before + 1);
    bff.turnClock(60_000);
    await call('harbour', 2);
    expect(await uses('harbour')).toHaveLength(before + 2);
    await bff.apply({ tenants: [{ id: 'acme', name: 'Acme Group' }] });
    await call('harbour');
    expect(await uses('harbour')).toHaveLength(before + 2);
    const keySecret = 'harbour-canary-secret-2';
    await bff.apply({ tenants: [{ id: 'harbour', credentials: { ...the.harbour.credentials, keySecret } }] });
    await call('harbour', 2);
    const [latest, previous] = await uses('harbour');
    expect(await uses('harbour')).toHaveLength(before + 3);
    expect(latest?.details['version']).toBeGreaterThan(Number(previous?.details['version']));
  });

  it('of the admin plane is on record in the chain of no tenant', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    bff.turnClock(2 * 60_000);
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    const used = (await trail()).find(({ details }) => details['server'] === 'admin-production');
    expect(used).toMatchObject({
      ...{ event: 'credential.used', tenantId: null },
      details: { owner: 'production', keyId: 'admin-production-key' },
    });
  });
});

describe('a change of the directory and its event are kept together or not at all (LOG-06)', () => {
  it.each<[what: string, change: (browser: Browser) => Promise<Answer>, status: number]>([
    [
      'a tenant whose id is taken',
      (browser) => browser.post('/v1/admin/tenants', { ...northwind, id: 'acme', projectId: 'p-free' }),
      409,
    ],
    [
      'a tenant whose project is taken',
      (browser) =>
        browser.post('/v1/admin/tenants', { ...northwind, id: 'twin', projectId: the.acme.projectId }),
      409,
    ],
    [
      'a change to a project that is taken',
      (browser) => browser.patch('/v1/admin/tenants/orchard', { projectId: the.acme.projectId }),
      409,
    ],
    [
      'a user whose address is taken',
      (browser) => browser.post(usersPath, { ...newcomer, email: the.editor.email }),
      409,
    ],
    [
      'a user with a membership that nobody can have',
      (browser) =>
        browser.post(usersPath, {
          ...newcomer,
          email: 'half@acme.example',
          memberships: ['acme', 'nowhere'].map((tenant) => ({ tenant, role: 'viewer' })),
        }),
      400,
    ],
  ])('%s leaves neither', async (_, change, status) => {
    const browser = await elevatedAdmin(bff);
    const directory = async (): Promise<unknown[]> =>
      Promise.all(
        ['/v1/admin/tenants', usersPath].map(
          async (path) => (await browser.get(`${path}?pageSize=100`)).json,
        ),
      );
    const before = await directory();
    const answer = await change(browser);
    expect(answer.status).toBe(status);
    expect(await directory()).toEqual(before);
    expect(await recordedOf(answer)).toEqual([]);
  });
});

describe('GET /v1/admin/audit', () => {
  it('gives the newest first, every event once, page after page', async () => {
    const all = await trail();
    expect(all.length).toBeGreaterThan(100);
    const times = all.map(({ at }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const again = await trail('', 7);
    const ids = new Set(all.map(({ id }) => id));
    expect(again.filter(({ id }) => ids.has(id))).toEqual(all);
  });

  it('goes on where a page ended, whatever happened meanwhile', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const first = await page(auditor, 'pageSize=3');
    await trail();
    const next = await page(auditor, `pageSize=3&pageToken=${first.nextPageToken ?? ''}`);
    const whole = (await trail()).map(({ id }) => id);
    const shown = [...first.events, ...next.events].map(({ id }) => id);
    expect(whole.slice(whole.indexOf(shown[0] ?? ''), whole.indexOf(shown[0] ?? '') + 6)).toEqual(shown);
  });

  it('gives 50 where no size is asked for', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    expect((await page(auditor, '')).events).toHaveLength(50);
  });

  it.each<[what: string, query: () => string, fits: (event: AuditRecord) => boolean]>([
    ['a tenant', () => 'tenantId=summit', ({ tenantId }) => tenantId === 'summit'],
    [
      'an actor',
      () => `actor=${idOf.get(the.viewer.email) ?? ''}`,
      ({ actor }) => actor.id === idOf.get(the.viewer.email),
    ],
    [
      'both',
      () => `actor=${idOf.get(the.viewer.email) ?? ''}&tenantId=acme`,
      ({ actor, tenantId }) => actor.id === idOf.get(the.viewer.email) && tenantId === 'acme',
    ],
  ])('finds the events of %s, and no others', async (_, query, fits) => {
    const found = await trail(query(), 2);
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual((await trail()).filter(fits));
  });

  it('takes a page token for the list and the admin that it was issued for alone (VAL-10)', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const { nextPageToken = '' } = await page(auditor, 'tenantId=summit&pageSize=1');
    expect(nextPageToken).not.toBe('');
    const token = `pageToken=${nextPageToken}`;
    expect((await auditor.get(`/v1/admin/audit?tenantId=summit&${token}`)).status).toBe(200);
    for (const query of [
      token,
      `tenantId=acme&${token}`,
      `actor=${idOf.get(the.admin.email) ?? ''}&${token}`,
    ]) {
      expectProblem(await auditor.get(`/v1/admin/audit?${query}`), 400, 'bff_invalid_input');
    }
    expectProblem(await auditor.get('/v1/admin/audit?pageToken=1'), 400, 'bff_invalid_input');
    const other = await bff.signedIn(second, 'admin');
    expectProblem(await other.get(`/v1/admin/audit?tenantId=summit&${token}`), 400, 'bff_invalid_input');
  });

  it('has seen every event that there is, but the one of the operator, and no secret in any (CRD-04, LOG-10)', async () => {
    const all = await trail();
    const names = new Set(all.map(({ event }) => event));
    expect([...names].sort()).toEqual(
      Object.keys(AUDIT_EVENTS)
        .filter((name) => !['audit.pruned', 'audit.resealed'].includes(name))
        .sort(),
    );
    expect(JSON.stringify(all)).not.toMatch(
      /canary|token-(?:production|staging)|Bearer |Basic |JBSWY3DPEHPK3PXP|argon2|bff1\./i,
    );
  });
});

it('what strangers are refused is counted in metrics and is not in the trail', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bff-audit-events-'));
  const variables = {
    BFF_FRONTENDS: JSON.stringify([frontends.console]),
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
    DATABASE_URL: `pglite:${join(home, 'directory')}`,
  };
  const service = await startService(loadConfig(variables));
  const host = new URL(frontends.console.origin).host;
  const stranger = new Browser({ port: service.port, host, origin: frontends.console.origin });
  try {
    await stranger.post('/session', { email: 'no@body.example', password: 'canary-password' });
    await stranger.get('/session');
    await stranger.get('/session');
    stranger.setCookie('__Host-bff-session', 'canary-forged-cookie');
    await stranger.get('/v1/tenants/acme/whatsapp');
    await stranger.delete('/v1/admin/tenants/acme');
    await stranger.get('/session', undefined, { 'x-csrf': undefined });
    await stranger.get('/session', undefined, { origin: 'https://canary.example' });
    await stranger.get('/session', undefined, { host: 'canary.example' });
    const metrics = await (await fetch(`http://127.0.0.1:${service.managementPort}/metrics`)).text();
    expect(metrics.match(/^bff_refusals_total\{.*$/gm)?.sort()).toEqual([
      'bff_refusals_total{code="bff_csrf_header_required"} 1',
      'bff_refusals_total{code="bff_invalid_credentials"} 1',
      'bff_refusals_total{code="bff_origin_not_allowed"} 1',
      'bff_refusals_total{code="bff_session_required"} 4',
      'bff_refusals_total{code="bff_unknown_host"} 1',
    ]);
    const lines: string[] = [];
    const program = operatorProgram(variables, Readable.from([]), (line) => void lines.push(line));
    await program.parseAsync(['audit', 'export'], { from: 'user' });
    expect(lines).toEqual([]);
  } finally {
    stranger.close();
    await service.close();
    rmSync(home, { recursive: true, force: true });
  }
});
