import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

describe('the detail of a rejection in profile development', () => {
  const detailOf = async (headers: Record<string, string>): Promise<Answer> =>
    bff.browser('partners').get('/session', undefined, headers);

  it('the detail of bff_unknown_host names the received host and the hosts of all frontends', async () => {
    const { detail } = expectProblem(await detailOf({ host: 'localhost:5173' }), 421, 'bff_unknown_host');
    expect(detail).toBe(
      'Received the host "localhost:5173"; the frontends are console.bff.test (console), partners.bff.test ' +
        '(partners), admin.bff.test (admin), narrow.bff.test:8080 (narrow).',
    );
  });

  it('the detail of bff_origin_not_allowed names the received and the allowed origins, also on a preflight', async () => {
    const origin = 'http://localhost:5174';
    const expected =
      `Received the origin "${origin}"; partners allows https://partners.bff.test, https://app.bff.test ` +
      '(BFF_FRONTENDS, origins).';
    const call = await detailOf({ origin });
    expect(expectProblem(call, 403, 'bff_origin_not_allowed').detail).toBe(expected);
    const preflight = await bff.browser('partners').request('OPTIONS', '/session', {
      headers: { origin, 'access-control-request-method': 'GET' },
    });
    expect(expectProblem(preflight, 403, 'bff_origin_not_allowed').detail).toBe(expected);
  });

  it('the detail of bff_origin_not_allowed names a Sec-Fetch-Site that is not allowed', async () => {
    const { detail } = expectProblem(
      await detailOf({ 'sec-fetch-site': 'same-site' }),
      403,
      'bff_origin_not_allowed',
    );
    expect(detail).toBe(
      'Received Sec-Fetch-Site: "same-site" without Origin; partners allows same-origin, and same-site from a listed origin.',
    );
  });

  it.each([
    [
      'ends at the first character that is invalid in such a header',
      `console; cookie=${'x'.repeat(4_000)}`,
      '"console…"',
    ],
    ['is limited to 200 characters', 'x'.repeat(4_000), `"${'x'.repeat(200)}…"`],
  ])('a quoted header value %s', async (_, value, shown) => {
    for (const header of ['host', 'origin', 'sec-fetch-site']) {
      const answer = await detailOf({ [header]: value });
      expect([403, 421]).toContain(answer.status);
      const { detail } = answer.json as { detail: string };
      expect(detail).toContain(shown);
      expect(detail.length).toBeLessThan(500);
    }
  });
});

describe('an admin on a frontend that is not of class admin', () => {
  const hint = `Sign in on a frontend of class admin: ${frontends.admin.origin}.`;

  it.each([
    ['GET', '/v1/admin/users'],
    ['POST', '/v1/admin/users'],
    ['POST', '/session/elevation'],
  ])('%s %s tells an admin to use a frontend of class admin', async (method, path) => {
    const browser = await bff.signedIn(the.admin);
    const problem = expectProblem(await browser.request(method, path), 403, 'bff_role_required');
    expect(problem.resolution).toBe(hint);
  });

  it('the same resolution is returned for every tenant, whether it exists or not', async () => {
    const browser = await bff.signedIn(the.admin);
    const bodies: unknown[] = [];
    for (const tenant of ['summit', 'acme', 'nowhere']) {
      const problem = expectProblem(
        await browser.get(`/v1/tenants/${tenant}/whatsapp`),
        404,
        'bff_tenant_not_found',
      );
      expect(problem.resolution).toBe(hint);
      bodies.push({ ...problem, instance: '', requestId: '' });
    }
    expect(bodies).toEqual([bodies[0], bodies[0], bodies[0]]);
  });

  it('a user without the admin role does not get this resolution', async () => {
    for (const [person, frontend] of [
      [the.editor, 'console'],
      [the.editor, 'admin'],
    ] as const) {
      const browser = await bff.signedIn(person, frontend);
      const refused = expectProblem(await browser.get('/v1/admin/users'), 403, 'bff_role_required');
      expect(refused.resolution).toBe('Request the role that this operation requires.');
      expect((await browser.get('/v1/tenants/summit/whatsapp')).text).not.toContain('class admin');
    }
  });
});
