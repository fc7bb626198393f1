import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, userOf } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { ELEVATION, EndsFixture } from './ends-fixture.js';

const OTHER_SECRET = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';

let fixture: EndsFixture;
beforeAll(async () => {
  fixture = await EndsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.bff.sinch.reset());

describe('an elevation ends with the role, factor or account that it was given for, and is not restored (ELV-05)', () => {
  it('when the user loses the admin role, even temporarily', async () => {
    const browser = await fixture.admin();
    const elevation = await fixture.elevate(browser);
    await fixture.expectElevated(browser);
    const { email } = the.admin;
    await fixture.bff.apply({ users: [{ email, role: 'user' }] });
    expectProblem(await perform(browser, 'account.get'), 404, 'bff_tenant_not_found');
    expectProblem(await browser.get('/v1/admin/tenants'), 403, 'bff_role_required');
    const again = { code: fixture.freshCode(), reason: REASON };
    expectProblem(await browser.post(ELEVATION, again), 403, 'bff_role_required');
    expectProblem(await browser.delete(ELEVATION), 403, 'bff_role_required');
    await fixture.bff.apply({ users: [{ email, role: 'admin' }] });
    await fixture.expectNotElevated(browser);
    await fixture.expectEndAudited(elevation, 'revoked');
  });

  it('when the admin gets another second factor; codes of the old one are rejected', async () => {
    const browser = await fixture.admin();
    const elevation = await fixture.elevate(browser, null);
    const { email, totpSecret } = the.admin;
    await fixture.bff.apply({ users: [{ email, totpSecret: OTHER_SECRET }] });
    await fixture.expectNotElevated(browser);
    await fixture.expectEndAudited(elevation, 'revoked');
    const old = { code: fixture.freshCode(), reason: REASON };
    expectProblem(await browser.post(ELEVATION, old), 403, 'bff_elevation_refused');
    const current = { code: fixture.freshCode(OTHER_SECRET), reason: REASON };
    expect((await browser.post(ELEVATION, current)).status).toBe(200);
    await fixture.bff.apply({ users: [{ email, totpSecret }] });
    await fixture.expectNotElevated(browser);
  });

  it('and its end is audited, although the admin elevates again at once', async () => {
    const browser = await fixture.admin();
    const elevation = await fixture.elevate(browser);
    const { email } = the.admin;
    await fixture.bff.apply({ users: [{ email, role: 'user' }] });
    await fixture.bff.apply({ users: [{ email, role: 'admin' }] });
    await fixture.elevate(browser);
    await fixture.expectEndAudited(elevation, 'revoked');
  });

  it.each<[what: string, change: (other: Browser, path: string) => Promise<void>]>([
    [
      'is disabled, and has to sign in again once enabled',
      async (other, path) => {
        for (const disabled of [true, false]) {
          expect((await other.patch(path, { disabled })).status).toBe(200);
        }
      },
    ],
    [
      'is given another password',
      async () => {
        const { email, password } = the.admin;
        for (const given of ['another-canary-password', password]) {
          await fixture.bff.apply({ users: [{ email, password: given }] });
        }
      },
    ],
  ])('when the admin %s (SES-20)', async (_, change) => {
    const browser = await fixture.admin();
    const other = await administrating(fixture.bff, deputy);
    const elevation = await fixture.elevate(browser);
    const path = `/v1/admin/users/${(await userOf(other, the.admin.email)).id}`;
    await change(other, path);
    await fixture.expectDead(browser);
    await fixture.expectNotElevated(await fixture.admin());
    await fixture.expectEndAudited(elevation, 'revoked', 'session-ended');
  });

  it('but continues when anything else about the admin or the tenant changes', async () => {
    const browser = await fixture.admin();
    await fixture.elevate(browser);
    const { email, totpSecret, role } = the.admin;
    await fixture.bff.apply({
      tenants: [{ id: 'acme', name: 'Acme Group' }],
      users: [{ email, name: 'Ad Ministrator', totpSecret, role }],
    });
    const { json } = await (await fixture.bff.signedIn(the.admin, 'admin')).get('/session');
    expect(json).toMatchObject({ elevation: null, user: { name: 'Ad Ministrator' } });
    await fixture.expectElevated(browser);
  });
});
