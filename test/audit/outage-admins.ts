import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { requestIdOf } from '../support/audit-log-reader.js';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation, elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, operationTitles, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type AuditOutage, expectAuditUnavailable } from './audit-outage.js';

interface SessionDocument {
  readonly id: string;
  readonly elevation: { readonly tenantId: string | null } | null;
}

const cookieOf = (browser: Browser): string => browser.cookies.get('__Host-bff-session') ?? '';
const documentOf = async (browser: Browser): Promise<SessionDocument> =>
  (await browser.get('/session')).json as SessionDocument;

/** The behaviour of the service for admins during an outage of the audit log. */
export function testAdminsDuringOutage(start: () => Promise<AuditOutage>): void {
  let outage: AuditOutage;
  let bff: Bff;
  beforeAll(async () => {
    outage = await start();
    ({ bff } = outage);
  });
  afterEach(() => bff.sinch.reset());
  afterAll(() => bff.close());

  describe('a call through the admin plane', () => {
    it.each(operationTitles)('is rejected and not sent: %s', async (title) => {
      const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
      expectAuditUnavailable(await outage.during(() => perform(browser, title, 'summit')));
      expectNothingAsked(bff.sinch);
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
          const ours = (await outage.events('&tenantId=summit')).filter(
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
      (await outage.events('&tenantId=summit')).find((recorded) => recorded.event === event);

    it.each([
      ['a tenant', { tenantId: 'summit' }],
      ['administration', {}],
    ] as const)('for %s cannot begin, and the session and its cookie do not change', async (_, target) => {
      const browser = await bff.signedIn(the.admin, 'admin');
      const [cookie, before] = [cookieOf(browser), await documentOf(browser)];
      expectAuditUnavailable(await outage.during(() => askElevation(bff, browser, target)));
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
      expectAuditUnavailable(await outage.during(() => askElevation(bff, browser, { tenantId: 'acme' })));
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
      expect((await outage.during(() => end(browser))).status).toBe(status);
      expect(cookieOf(browser)).not.toBe(cookieOf(old));
      expectProblem(await old.get('/v1/tenants/summit/whatsapp'), ...after);
      expectNothingAsked(bff.sinch);
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
      const answer = await outage.during(() => change(browser, viewer));
      expectAuditUnavailable(answer);
      expect(await directoryOf(browser, viewer)).toEqual(before);
      expect((await viewerBrowser.get('/session')).status).toBe(200);
      expect(bff.sinch.all.requests).toEqual([]);
      if (operation === 'POST credentials/check') expectNothingAsked(bff.sinch);
      expect((await outage.events()).filter(({ requestId }) => requestId === requestIdOf(answer))).toEqual(
        [],
      );
    });

    it('permits all reads except those of the audit log', async () => {
      const browser = await bff.signedIn(the.admin, 'admin');
      await outage.during(async () => {
        for (const list of ['tenants', 'users', 'sessions', 'tenants/acme/members']) {
          expect((await browser.get(`/v1/admin/${list}`)).status).toBe(200);
        }
        const answer = await browser.get('/v1/admin/audit');
        expectProblem(answer, 503, 'bff_directory_unavailable');
        expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      });
    });
  });
}
