import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askElevation, codeAt, elevatedAdmin, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const minute = 60_000;
const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());

interface SessionDocument {
  readonly id: string;
  readonly elevation: {
    readonly tenantId: string | null;
    readonly reason: string;
    readonly expiresAt: string;
  } | null;
}

const cookieOf = (browser: { readonly cookies: ReadonlyMap<string, string> }): string =>
  browser.cookies.get('__Host-bff-session') ?? '';

describe('an elevation for a tenant', () => {
  it('gives access to the admin plane of its environment with the admin credentials, under a new cookie (SES-05)', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    const before = cookieOf(browser);
    expectProblem(await browser.get('/v1/tenants/summit/whatsapp'), 403, 'bff_elevation_required');
    const answer = await askElevation(bff, browser, { tenantId: 'summit' });
    expect(answer.status).toBe(200);
    expect(cookieOf(browser)).not.toBe(before);
    expect((answer.json as SessionDocument).elevation).toEqual({
      tenantId: 'summit',
      reason: REASON,
      expiresAt: new Date(bff.now() + 15 * minute).toISOString(),
    });
    bff.sinch.reset();
    bff.sinch['admin-production'].answer({ body: account });
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    expect(bff.sinch['admin-production'].lastRequest.url).toBe(
      `/v1/projects/${the.summit.projectId}/whatsapp`,
    );
    expect(bff.sinch.allBut('admin-production').requests).toEqual([]);
    const route = await browser.get('/v1/tenants/summit/route');
    expect(route.json).toEqual({
      environment: 'production',
      plane: 'admin',
      credential: { scheme: 'oauth2', keyId: 'admin-production-key' },
    });
  });

  it('ends 15 minutes after it began, whatever its session does (ELV-06)', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    const { id, elevation } = (await browser.get('/session')).json as SessionDocument;
    expect(elevation?.expiresAt).toBe(new Date(bff.now() + 15 * minute).toISOString());
    bff.sinch['admin-production'].answer({ body: account });
    const activities = [
      () => browser.get('/v1/tenants/summit/whatsapp'),
      () => browser.post('/v1/tenants/summit/whatsapp/comments', { comment: 'Still at work' }),
      () => browser.get('/v1/admin/users'),
      () => browser.get('/sessions'),
    ];
    for (let elapsed = 0; elapsed < 15; elapsed += 1) {
      for (const act of activities) {
        bff.turnClock(minute / activities.length - (elapsed === 14 ? 1 : 0));
        expect((await act()).status).toBe(200);
      }
      expect((await browser.get('/session')).json).toMatchObject({ id, elevation });
    }
    bff.turnClock(activities.length - 1);
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    bff.turnClock(1);
    expectProblem(await browser.get('/v1/tenants/summit/whatsapp'), 403, 'bff_elevation_required');
    expect((await browser.get('/session')).json).toMatchObject({ id, elevation: null });
  });
});

describe('the cookie from before an elevation (SES-06)', () => {
  it('authenticates in-flight requests for two seconds, without the elevation', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    const old = bff.browser('admin');
    old.setCookie('__Host-bff-session', cookieOf(browser));
    await askElevation(bff, browser, { tenantId: 'summit' });
    bff.turnClock(1_999);
    expect((await old.get('/session')).status).toBe(200);
    expect(((await old.get('/session')).json as SessionDocument).elevation).toBeNull();
    expectProblem(await old.get('/v1/tenants/summit/whatsapp'), 403, 'bff_elevation_required');
    bff.turnClock(1);
    expectProblem(await old.get('/session'), 401, 'bff_session_required');
    expect((await browser.get('/session')).status).toBe(200);
  });
});

it('a one-time code is accepted once (ELV-07)', async () => {
  const browser = await bff.signedIn(the.admin, 'admin');
  bff.turnClock(90_000);
  const code = codeAt(bff.now());
  expect((await browser.post('/session/elevation', { code, reason: REASON })).status).toBe(200);
  expectProblem(
    await browser.post('/session/elevation', { code, reason: REASON }),
    403,
    'bff_elevation_refused',
  );
});

it('an elevated admin creates a tenant, and the audit log has the change with its reason', async () => {
  const browser = await elevatedAdmin(bff);
  const tenant = {
    id: 'northwind',
    name: 'Northwind Traders',
    projectId: 'p-northwind',
    environment: 'production',
    plane: 'public',
  };
  const created = await browser.post('/v1/admin/tenants', tenant);
  expect(created.json).toMatchObject(tenant);
  expect(created.status).toBe(201);
  const { events } = (await browser.get('/v1/admin/audit?tenantId=northwind')).json as {
    events: readonly Record<string, unknown>[];
  };
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    event: 'directory.changed',
    reason: REASON,
    requestId: created.headers['x-request-id'],
    details: { record: 'tenant', action: 'created' },
  });
});
