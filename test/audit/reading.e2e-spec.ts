import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adminBodies, deputy } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { AuditLogReader } from '../support/audit-log-reader.js';

let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  auditLog = await AuditLogReader.of(bff);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

const northwind = adminBodies['admin.tenants.create'];
const newcomer = adminBodies['admin.users.create'];
const usersPath = '/v1/admin/users';

describe('a rejected change of the directory (LOG-06)', () => {
  it.each<[name: string, change: (browser: Browser) => Promise<Answer>, status: number]>([
    [
      'a new tenant with the id of another',
      (browser) => browser.post('/v1/admin/tenants', { ...northwind, id: 'acme', projectId: 'p-free' }),
      409,
    ],
    [
      'a new tenant with the project of another',
      (browser) =>
        browser.post('/v1/admin/tenants', { ...northwind, id: 'twin', projectId: the.acme.projectId }),
      409,
    ],
    [
      'an existing tenant with the project of another',
      (browser) => browser.patch('/v1/admin/tenants/orchard', { projectId: the.acme.projectId }),
      409,
    ],
    [
      'a new user with the address of another',
      (browser) => browser.post(usersPath, { ...newcomer, email: the.editor.email }),
      409,
    ],
    [
      'a new user with a membership in a missing tenant',
      (browser) =>
        browser.post(usersPath, {
          ...newcomer,
          email: 'half@acme.example',
          memberships: ['acme', 'nowhere'].map((tenant) => ({ tenant, role: 'viewer' })),
        }),
      400,
    ],
  ])('is neither stored nor audited: %s', async (_, change, status) => {
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
    expect(await auditLog.ofRequest(answer)).toEqual([]);
  });
});

describe('GET /v1/admin/audit', () => {
  beforeAll(async () => {
    const [admin, viewer] = [
      await elevatedAdmin(bff, { tenantId: 'summit' }),
      await bff.signedIn(the.viewer),
    ];
    for (let time = 0; time < 40; time += 1) {
      await admin.get('/v1/tenants/summit/whatsapp');
      await viewer.delete('/v1/tenants/acme/whatsapp');
    }
  });

  it('returns every event once, the newest first, over all pages', async () => {
    const all = await auditLog.events();
    expect(all.length).toBeGreaterThan(100);
    const times = all.map(({ at }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const again = await auditLog.events('', 7);
    const ids = new Set(all.map(({ id }) => id));
    expect(again.filter(({ id }) => ids.has(id))).toEqual(all);
  });

  it('continues after the last event of a page, although newer events were added', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const first = await auditLog.page(auditor, 'pageSize=3');
    await auditLog.events();
    const next = await auditLog.page(auditor, `pageSize=3&pageToken=${first.nextPageToken ?? ''}`);
    const all = (await auditLog.events()).map(({ id }) => id);
    const shown = [...first.events, ...next.events].map(({ id }) => id);
    expect(all.slice(all.indexOf(shown[0] ?? ''), all.indexOf(shown[0] ?? '') + 6)).toEqual(shown);
  });

  it('returns 50 events if no page size is given', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    expect((await auditLog.page(auditor, '')).events).toHaveLength(50);
  });

  it.each<[filter: string, query: () => string, matches: (event: AuditRecord) => boolean]>([
    ['a tenant', () => 'tenantId=summit', ({ tenantId }) => tenantId === 'summit'],
    [
      'an actor',
      () => `actor=${auditLog.idOf(the.viewer.email)}`,
      ({ actor }) => actor.id === auditLog.idOf(the.viewer.email),
    ],
    [
      'an actor and a tenant',
      () => `actor=${auditLog.idOf(the.viewer.email)}&tenantId=acme`,
      ({ actor, tenantId }) => actor.id === auditLog.idOf(the.viewer.email) && tenantId === 'acme',
    ],
  ])('returns exactly the events of %s', async (_, query, matches) => {
    const found = await auditLog.events(query(), 2);
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual((await auditLog.events()).filter(matches));
  });

  it('accepts a page token only for the filter and the admin that it was issued for (VAL-10)', async () => {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const { nextPageToken = '' } = await auditLog.page(auditor, 'tenantId=summit&pageSize=1');
    expect(nextPageToken).not.toBe('');
    const token = `pageToken=${nextPageToken}`;
    expect((await auditor.get(`/v1/admin/audit?tenantId=summit&${token}`)).status).toBe(200);
    for (const query of [
      token,
      `tenantId=acme&${token}`,
      `actor=${auditLog.idOf(the.admin.email)}&${token}`,
    ]) {
      expectProblem(await auditor.get(`/v1/admin/audit?${query}`), 400, 'bff_invalid_input');
    }
    expectProblem(await auditor.get('/v1/admin/audit?pageToken=1'), 400, 'bff_invalid_input');
    const other = await bff.signedIn(deputy, 'admin');
    expectProblem(await other.get(`/v1/admin/audit?tenantId=summit&${token}`), 400, 'bff_invalid_input');
  });
});
