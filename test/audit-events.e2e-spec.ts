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
  it.each<[what: string, provoke: Provocation, expected: Partial<AuditRecord>]>([
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
        }) as AuditRecord['details'],
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
        details: expect.objectContaining({ record: 'user', action: 'created' }) as AuditRecord['details'],
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
        details: expect.objectContaining({ record: 'user', action: 'updated' }) as AuditRecord['details'],
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
    const events = await recordedOf(answer);
    expect(events.map(({ event }) => event)).toEqual([expected.event]);
    const [event] = events;
    expect(event).toMatchObject({ actor: user(by), frontend, requestId: requestIdOf(answer), ...expected });
    if (!('elevationId' in expected) && by !== the.admin.email) expect(event).toMatchObject(withoutElevation);
    expect(event?.session).toMatch(/^[0-9a-f]{64}$/);
    expect(Math.abs(bff.now() - Date.parse(event?.at ?? ''))).toBeLessThanOrEqual(0);
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});
