import { type AuditRecord } from '@bff/audit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administer, administrating, deputy, entriesOf, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const GRACE_MS = 2_000;
const COOKIE = '__Host-bff-session';
const ELEVATION = '/session/elevation';
const OTHER_SECRET = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';

type Cause = 'ended' | 'expired' | 'replaced' | 'revoked' | 'session-ended';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    environment: {
      BFF_FRONTENDS: JSON.stringify([
        ...[frontends.console, frontends.admin],
        { ...frontends.partners, class: 'admin', idleMinutes: 2 },
        { ...frontends.narrow, class: 'admin', elevationMinutes: 1 },
      ]),
    },
    directory: { ...the.directory, users: [...the.directory.users, deputy] },
  });
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const admin = (frontend: FrontendName = 'admin'): Promise<Browser> => bff.signedIn(the.admin, frontend);

function freshCode(secret: string = the.admin.totpSecret): string {
  bff.turnClock(MINUTE);
  return codeAt(bff.now(), 0, secret);
}

/** Elevates a session. @returns the id of the elevation in the audit log */
async function elevate(browser: Browser, tenantId: string | null = 'acme'): Promise<string> {
  const wish = { code: freshCode(), reason: REASON, ...(tenantId !== null && { tenantId }) };
  const answer = await browser.post(ELEVATION, wish);
  expect(answer.status).toBe(200);
  const begun = (await recordedOf(answer)).find(({ event }) => event === 'elevation.begun');
  expect(begun).toMatchObject({ tenantId, reason: REASON });
  return begun?.elevationId ?? '';
}

async function auditLog(): Promise<readonly AuditRecord[]> {
  return entriesOf<AuditRecord>(await bff.signedIn(deputy, 'admin'), '/v1/admin/audit');
}

async function recordedOf(answer: Answer): Promise<readonly AuditRecord[]> {
  const asked = answer.headers['x-request-id'];
  return (await auditLog()).filter(({ requestId }) => requestId === asked);
}

async function expectEndAudited(elevationId: string, ...causes: readonly Cause[]): Promise<void> {
  await eventually(
    async () => {
      const ends = (await auditLog()).filter(
        (event) => event.event === 'elevation.ended' && event.elevationId === elevationId,
      );
      expect(ends).toMatchObject([{ outcome: 'success', reason: REASON }]);
      expect(causes).toContain(ends[0]?.details['cause']);
    },
    { withinMs: 3_000 },
  );
}

async function expectElevated(browser: Browser, tenant: 'acme' | 'orchard' = 'acme'): Promise<void> {
  bff.sinch.reset();
  expect((await perform(browser, 'account.get', tenant)).status).toBe(200);
  expect(bff.sinch['admin-production'].requests).toMatchObject([
    { url: `/v1/projects/${the[tenant].projectId}/whatsapp` },
  ]);
  expect(bff.sinch.allBut('admin-production').requests).toEqual([]);
}

async function expectNotElevated(browser: Browser): Promise<void> {
  bff.sinch.reset();
  const target = { tenantId: 'acme', userId: 'nobody' };
  expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
  expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
  expectProblem(await administer(browser, 'admin.tenants.update', target), 403, 'bff_elevation_required');
  expectNothingAsked(bff.sinch);
}

async function expectDead(...browsers: readonly Browser[]): Promise<void> {
  bff.sinch.reset();
  for (const browser of browsers) {
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
  }
  expectNothingAsked(bff.sinch);
}

/** A second browser with the current cookie of the first. */
function copyOf(browser: Browser, frontend: FrontendName = 'admin'): Browser {
  const copy = bff.browser(frontend);
  copy.setCookie(COOKIE, browser.cookies.get(COOKIE) ?? '');
  return copy;
}

const idOf = async (browser: Browser): Promise<string> =>
  ((await browser.get('/session')).json as { id: string }).id;

describe('an admin (ELV-05, ELV-11)', () => {
  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])('ends an elevation for %s, and the session continues under a new cookie', async (_, tenantId) => {
    const browser = await admin();
    const elevation = await elevate(browser, tenantId);
    const [copy, id] = [copyOf(browser), await idOf(browser)];
    const answer = await browser.delete(ELEVATION);
    expect({ status: answer.status, json: answer.json }).toMatchObject({
      status: 200,
      json: { id, elevation: null, user: { email: the.admin.email } },
    });
    expect(browser.cookies.get(COOKIE)).not.toBe(copy.cookies.get(COOKIE));
    await expectNotElevated(browser);
    await expectNotElevated(copy);
    await expectEndAudited(elevation, 'ended');
  });

  it('without an elevation gets a new cookie, and nothing is audited', async () => {
    const browser = await admin();
    const copy = copyOf(browser);
    const answer = await browser.delete(ELEVATION);
    expect({ status: answer.status, json: answer.json }).toMatchObject({
      status: 200,
      json: { elevation: null },
    });
    expect(browser.cookies.get(COOKIE)).not.toBe(copy.cookies.get(COOKIE));
    expect(await recordedOf(answer)).toEqual([]);
  });
});

describe('an elevation ends with its session, for every cookie of the session (ELV-05)', () => {
  it.each<[how: string, end: (browser: Browser) => Promise<Answer>, status: number]>([
    ['logout', (browser) => browser.delete('/session'), 204],
    ['another sign-in', (browser) => browser.signIn(the.admin), 201],
    [
      'a request with its id',
      async (browser) => (await admin()).delete(`/sessions/${await idOf(browser)}`),
      204,
    ],
    ['a request that ends all others', async () => (await admin('narrow')).delete('/sessions'), 204],
    [
      'a request of another admin',
      async () => {
        const other = await administrating(bff, deputy);
        return other.delete(`/v1/admin/sessions?userId=${(await userOf(other, the.admin.email)).id}`);
      },
      200,
    ],
  ])('when the session ends by %s', async (_, end, status) => {
    const browser = await admin();
    const before = copyOf(browser);
    const elevation = await elevate(browser);
    const after = copyOf(browser);
    expect((await end(browser)).status).toBe(status);
    await expectDead(before, after);
    await expectNotElevated(await admin());
    await expectEndAudited(elevation, 'session-ended');
  });

  it('when the session expires as idle before the elevation expires', async () => {
    const browser = await admin('partners');
    const elevation = await elevate(browser);
    bff.turnClock(2 * MINUTE);
    await expectDead(browser);
    await expectNotElevated(await admin('partners'));
    await expectEndAudited(elevation, 'session-ended', 'expired', 'ended');
  });
});

it('an elevation ends after the elevationMinutes of its frontend, and the session continues (ELV-05)', async () => {
  const browser = await admin('narrow');
  const elevation = await elevate(browser);
  expect((await browser.get('/session')).json).toMatchObject({
    elevation: { tenantId: 'acme', expiresAt: new Date(bff.now() + MINUTE).toISOString() },
  });
  bff.turnClock(MINUTE - 1);
  await expectElevated(browser);
  bff.turnClock(1);
  await expectNotElevated(browser);
  const problem = expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
  expect(problem.additionalInformation).toMatchObject({ maxAgeSeconds: 60, tenantId: 'acme' });
  await expectEndAudited(elevation, 'expired');
});

describe('a second elevation replaces the first (ELV-11)', () => {
  it('in the same session', async () => {
    const browser = await admin();
    const first = await elevate(browser);
    await elevate(browser, 'orchard');
    await expectElevated(browser, 'orchard');
    expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
    await expectEndAudited(first, 'replaced');
  });

  it.each<FrontendName>(['admin', 'narrow'])(
    'in another session of the same admin, on %s',
    async (frontend) => {
      const [browser, other] = [await admin(), await admin(frontend)];
      const first = await elevate(browser, null);
      await elevate(other);
      await expectNotElevated(browser);
      await expectElevated(other);
      await expectEndAudited(first, 'replaced');
      expect((await browser.delete(ELEVATION)).status).toBe(200);
      await expectElevated(other);
    },
  );

  it('also in simultaneous requests: one session is elevated, and one end is audited', async () => {
    const browsers = [await admin(), await admin()];
    freshCode();
    const answers = await Promise.all(
      browsers.map((browser, step) =>
        browser.post(ELEVATION, { code: codeAt(bff.now(), -step), reason: REASON, tenantId: 'acme' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const statuses = await Promise.all(browsers.map((browser) => perform(browser, 'account.get')));
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 403]);
    const records = (await Promise.all(answers.map(recordedOf))).flat();
    const ids = records
      .filter(({ event }) => event === 'elevation.begun')
      .map(({ elevationId }) => elevationId);
    await eventually(
      async () => {
        const ends = (await auditLog()).filter(
          ({ event, elevationId }) => event === 'elevation.ended' && ids.includes(elevationId),
        );
        expect(ends.map(({ details }) => details)).toEqual([{ cause: 'replaced' }]);
      },
      { withinMs: 3_000 },
    );
  });
});

describe('an elevation ends with the role, factor or account that it was given for, and is not restored (ELV-05)', () => {
  it('when the user loses the role of an admin, even for a moment', async () => {
    const browser = await admin();
    const elevation = await elevate(browser);
    await expectElevated(browser);
    const { email } = the.admin;
    await bff.apply({ users: [{ email, role: 'user' }] });
    expectProblem(await perform(browser, 'account.get'), 404, 'bff_tenant_not_found');
    expectProblem(await browser.get('/v1/admin/tenants'), 403, 'bff_role_required');
    const again = { code: freshCode(), reason: REASON };
    expectProblem(await browser.post(ELEVATION, again), 403, 'bff_role_required');
    expectProblem(await browser.delete(ELEVATION), 403, 'bff_role_required');
    await bff.apply({ users: [{ email, role: 'admin' }] });
    await expectNotElevated(browser);
    await expectEndAudited(elevation, 'revoked');
  });

  it('when the admin gets another second factor; codes of the old one are rejected', async () => {
    const browser = await admin();
    const elevation = await elevate(browser, null);
    const { email, totpSecret } = the.admin;
    await bff.apply({ users: [{ email, totpSecret: OTHER_SECRET }] });
    await expectNotElevated(browser);
    await expectEndAudited(elevation, 'revoked');
    const old = { code: freshCode(), reason: REASON };
    expectProblem(await browser.post(ELEVATION, old), 403, 'bff_elevation_refused');
    const current = { code: freshCode(OTHER_SECRET), reason: REASON };
    expect((await browser.post(ELEVATION, current)).status).toBe(200);
    await bff.apply({ users: [{ email, totpSecret }] });
    await expectNotElevated(browser);
  });

  it('and its end is audited, although the admin elevates again at once', async () => {
    const browser = await admin();
    const elevation = await elevate(browser);
    const { email } = the.admin;
    await bff.apply({ users: [{ email, role: 'user' }] });
    await bff.apply({ users: [{ email, role: 'admin' }] });
    await elevate(browser);
    await expectEndAudited(elevation, 'revoked');
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
          await bff.apply({ users: [{ email, password: given }] });
        }
      },
    ],
  ])('when the admin %s (SES-20)', async (_, change) => {
    const browser = await admin();
    const other = await administrating(bff, deputy);
    const elevation = await elevate(browser);
    const path = `/v1/admin/users/${(await userOf(other, the.admin.email)).id}`;
    await change(other, path);
    await expectDead(browser);
    await expectNotElevated(await admin());
    await expectEndAudited(elevation, 'revoked', 'session-ended');
  });

  it('but continues when anything else about the admin or the tenant changes', async () => {
    const browser = await admin();
    await elevate(browser);
    const { email, totpSecret, role } = the.admin;
    await bff.apply({
      tenants: [{ id: 'acme', name: 'Acme Group' }],
      users: [{ email, name: 'Ad Ministrator', totpSecret, role }],
    });
    const { json } = await (await bff.signedIn(the.admin, 'admin')).get('/session');
    expect(json).toMatchObject({ elevation: null, user: { name: 'Ad Ministrator' } });
    await expectElevated(browser);
  });
});

describe('the cookie from before an elevation or its end (SES-06)', () => {
  it.each<
    [what: string, status: number, errorCode: string, ask: (old: Browser, code: string) => Promise<Answer>]
  >([
    ['elevate', 403, 'bff_elevation_refused', (old, code) => old.post(ELEVATION, { code, reason: REASON })],
    ['end the elevation', 401, 'bff_session_required', (old) => old.delete(ELEVATION)],
  ])('cannot %s: the response is %i %s, and no code is used', async (_, status, errorCode, ask) => {
    const browser = await admin();
    const old = copyOf(browser);
    await elevate(browser);
    expect((await old.get('/session')).status).toBe(200);
    const code = codeAt(bff.now(), 1);
    const answer = await ask(old, code);
    expectProblem(answer, status, errorCode);
    await expectElevated(browser);
    expect((await recordedOf(answer)).filter(({ event }) => event.startsWith('elevation.'))).toEqual([]);
    const unused = { code, reason: REASON, tenantId: 'acme' };
    expect((await browser.post(ELEVATION, unused)).status).toBe(200);
  });

  it('authenticates for two seconds after the end of an elevation, without elevation', async () => {
    const browser = await admin();
    await elevate(browser);
    const old = copyOf(browser);
    await browser.delete(ELEVATION);
    bff.turnClock(GRACE_MS - 1);
    await expectNotElevated(old);
    bff.turnClock(1);
    await expectDead(old);
    await expectNotElevated(browser);
  });

  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])(
    'authenticates for two seconds after an elevation for %s, without elevation (SES-06)',
    async (_, tenantId) => {
      const browser = await admin();
      const old = copyOf(browser);
      await elevate(browser, tenantId);
      bff.turnClock(GRACE_MS - 1);
      await expectNotElevated(old);
      bff.turnClock(1);
      await expectDead(old);
    },
  );

  it('is rejected after the cookie was replaced twice', async () => {
    const browser = await admin();
    const first = copyOf(browser);
    await elevate(browser);
    const second = copyOf(browser);
    await browser.delete(ELEVATION);
    await expectDead(first);
    await expectNotElevated(second);
  });

  it.each<[what: string, change: (browser: Browser) => Promise<Answer>]>([
    ['an elevation', (browser) => browser.post(ELEVATION, { code: codeAt(bff.now()), reason: REASON })],
    ['the end of an elevation', (browser) => browser.delete(ELEVATION)],
  ])('is rejected, like the new one, after a logout at the same time as %s (SES-15)', async (_, change) => {
    for (let round = 0; round < 10; round += 1) {
      const browser = await admin();
      const [before, leaving] = [copyOf(browser), copyOf(browser)];
      freshCode();
      const [, { status }] = await Promise.all([change(browser), leaving.delete('/session')]);
      expect(status).toBe(204);
      if (browser.cookies.has(COOKIE)) await expectDead(browser);
      await expectDead(before);
    }
  });
});
