import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { administer } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type FrontendName } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { CodesFixture, ELEVATION } from './codes-fixture.js';

let fixture: CodesFixture;
beforeAll(async () => {
  fixture = await CodesFixture.start();
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('an elevation (ELV-01, ELV-03)', () => {
  const acme = { tenantId: 'acme', userId: 'nobody' };
  it.each<
    [
      what: string,
      elsewhere: string,
      tenantId: string | undefined,
      ask: (browser: Browser) => Promise<Answer>,
      needed: string | null,
    ]
  >([
    ['acme', 'reading summit', 'acme', (browser) => perform(browser, 'account.get', 'summit'), 'summit'],
    [
      'acme',
      'writing orchard',
      'acme',
      (browser) => perform(browser, 'comments.create', 'orchard'),
      'orchard',
    ],
    ['summit', 'reading acme', 'summit', (browser) => perform(browser, 'account.get', 'acme'), 'acme'],
    ['acme', 'administration', 'acme', (browser) => administer(browser, 'admin.tenants.update', acme), null],
    [
      'administration',
      'reading summit',
      undefined,
      (browser) => perform(browser, 'account.get', 'summit'),
      'summit',
    ],
    [
      'administration',
      'writing acme',
      undefined,
      (browser) => perform(browser, 'account.delete', 'acme'),
      'acme',
    ],
  ])('for %s does not permit %s', async (_, _elsewhere, tenantId, ask, needed) => {
    const browser = await fixture.admin();
    expect((await fixture.elevate(browser, { code: fixture.freshCode(), tenantId })).status).toBe(200);
    const problem = expectProblem(await ask(browser), 403, 'bff_elevation_required');
    const acr = expect.stringMatching(/./) as unknown;
    expect(problem.additionalInformation).toEqual({ acr, maxAgeSeconds: 900, tenantId: needed });
  });

  it.each<FrontendName>(['admin', 'narrow'])(
    'does not apply to another session of the admin, on %s',
    async (at) => {
      const [browser, other] = [await fixture.admin(), await fixture.admin(at)];
      for (const tenantId of ['acme', undefined]) {
        expect((await fixture.elevate(browser, { code: fixture.freshCode(), tenantId })).status).toBe(200);
        expect((await other.get('/session')).json).toMatchObject({ elevation: null });
        expectProblem(await perform(other, 'account.get', 'acme'), 403, 'bff_elevation_required');
        const write = administer(other, 'admin.tenants.update', acme);
        expectProblem(await write, 403, 'bff_elevation_required');
      }
    },
  );

  it('does not apply to a tenant that is created again under the id of a removed one (ELV-03)', async () => {
    const first = { ...the.summit, id: 'reused', projectId: 'p-first' };
    await fixture.bff.apply({ tenants: [first] });
    const browser = await fixture.admin();
    expect((await fixture.elevate(browser, { code: fixture.freshCode(), tenantId: 'reused' })).status).toBe(
      200,
    );
    await fixture.bff.operate('tenants.remove', { id: 'reused' });
    expectProblem(await browser.get('/v1/tenants/reused/whatsapp'), 404, 'bff_tenant_not_found');
    expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
    await fixture.bff.apply({ tenants: [{ ...first, projectId: 'p-second' }] });
    expectProblem(await browser.get('/v1/tenants/reused/whatsapp'), 403, 'bff_elevation_required');
    expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
    await fixture.bff.operate('tenants.remove', { id: 'reused' });
  });

  it('does not apply on another admin frontend, where the cookie does not authenticate', async () => {
    const [browser, other] = [await fixture.admin(), fixture.bff.browser('narrow')];
    expect((await fixture.elevate(browser, { code: fixture.freshCode(), tenantId: 'acme' })).status).toBe(
      200,
    );
    other.setCookie('__Host-bff-session', browser.cookies.get('__Host-bff-session') ?? '');
    expectProblem(await perform(other, 'account.get', 'acme'), 401, 'bff_session_required');
  });

  it.each<[who: 'admin' | 'editor' | 'partner', frontend: FrontendName]>([
    ['admin', 'console'],
    ['admin', 'partners'],
    ['editor', 'console'],
    ['editor', 'admin'],
    ['partner', 'partners'],
    ['partner', 'narrow'],
  ])(
    'cannot be begun or ended by the %s on %s, and the attempt uses no code (ELV-09)',
    async (who, frontend) => {
      const browser = await fixture.bff.signedIn(the[who], frontend);
      const code = fixture.freshCode();
      for (const body of [{ code }, { code, tenantId: 'acme' }, { code, tenantId: 'nowhere' }]) {
        expectProblem(await fixture.elevate(browser, body), 403, 'bff_role_required');
      }
      expectProblem(await browser.delete(ELEVATION), 403, 'bff_role_required');
      expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
      expect((await fixture.elevate(await fixture.admin(), { code })).status).toBe(200);
    },
  );
});
