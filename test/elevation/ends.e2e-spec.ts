import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type FrontendName } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { COOKIE, ELEVATION, EndsFixture, MINUTE } from './ends-fixture.js';

let fixture: EndsFixture;
beforeAll(async () => {
  fixture = await EndsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.bff.sinch.reset());

const idOf = async (browser: Browser): Promise<string> =>
  ((await browser.get('/session')).json as { id: string }).id;

describe('an admin (ELV-05, ELV-11)', () => {
  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])('ends an elevation for %s, and the session continues under a new cookie', async (_, tenantId) => {
    const browser = await fixture.admin();
    const elevation = await fixture.elevate(browser, tenantId);
    const [copy, id] = [fixture.copyOf(browser), await idOf(browser)];
    const answer = await browser.delete(ELEVATION);
    expect({ status: answer.status, json: answer.json }).toMatchObject({
      status: 200,
      json: { id, elevation: null, user: { email: the.admin.email } },
    });
    expect(browser.cookies.get(COOKIE)).not.toBe(copy.cookies.get(COOKIE));
    await fixture.expectNotElevated(browser);
    await fixture.expectNotElevated(copy);
    await fixture.expectEndAudited(elevation, 'ended');
  });

  it('without an elevation gets a new cookie, and nothing is audited', async () => {
    const browser = await fixture.admin();
    const copy = fixture.copyOf(browser);
    const answer = await browser.delete(ELEVATION);
    expect({ status: answer.status, json: answer.json }).toMatchObject({
      status: 200,
      json: { elevation: null },
    });
    expect(browser.cookies.get(COOKIE)).not.toBe(copy.cookies.get(COOKIE));
    expect(await fixture.recordedOf(answer)).toEqual([]);
  });
});

describe('an elevation ends with its session, for every cookie of the session (ELV-05)', () => {
  it.each<[how: string, end: (browser: Browser) => Promise<Answer>, status: number]>([
    ['logout', (browser) => browser.delete('/session'), 204],
    ['another sign-in', (browser) => browser.signIn(the.admin), 201],
    [
      'a request with its id',
      async (browser) => (await fixture.admin()).delete(`/sessions/${await idOf(browser)}`),
      204,
    ],
    ['a request that ends all others', async () => (await fixture.admin('narrow')).delete('/sessions'), 204],
    [
      'a request of another admin',
      async () => {
        const other = await administrating(fixture.bff, deputy);
        return other.delete(`/v1/admin/sessions?userId=${(await userOf(other, the.admin.email)).id}`);
      },
      200,
    ],
  ])('when the session ends by %s', async (_, end, status) => {
    const browser = await fixture.admin();
    const before = fixture.copyOf(browser);
    const elevation = await fixture.elevate(browser);
    const after = fixture.copyOf(browser);
    expect((await end(browser)).status).toBe(status);
    await fixture.expectDead(before, after);
    await fixture.expectNotElevated(await fixture.admin());
    await fixture.expectEndAudited(elevation, 'session-ended');
  });

  it('when the session expires as idle before the elevation expires', async () => {
    const browser = await fixture.admin('partners');
    const elevation = await fixture.elevate(browser);
    fixture.bff.turnClock(2 * MINUTE);
    await fixture.expectDead(browser);
    await fixture.expectNotElevated(await fixture.admin('partners'));
    await fixture.expectEndAudited(elevation, 'session-ended', 'expired', 'ended');
  });
});

it('an elevation ends after the elevationMinutes of its frontend, and the session continues (ELV-05)', async () => {
  const browser = await fixture.admin('narrow');
  const elevation = await fixture.elevate(browser);
  expect((await browser.get('/session')).json).toMatchObject({
    elevation: { tenantId: 'acme', expiresAt: new Date(fixture.bff.now() + MINUTE).toISOString() },
  });
  fixture.bff.turnClock(MINUTE - 1);
  await fixture.expectElevated(browser);
  fixture.bff.turnClock(1);
  await fixture.expectNotElevated(browser);
  const problem = expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
  expect(problem.additionalInformation).toMatchObject({ maxAgeSeconds: 60, tenantId: 'acme' });
  await fixture.expectEndAudited(elevation, 'expired');
});

describe('a second elevation replaces the first (ELV-11)', () => {
  it('in the same session', async () => {
    const browser = await fixture.admin();
    const first = await fixture.elevate(browser);
    await fixture.elevate(browser, 'orchard');
    await fixture.expectElevated(browser, 'orchard');
    expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
    await fixture.expectEndAudited(first, 'replaced');
  });

  it.each<FrontendName>(['admin', 'narrow'])(
    'in another session of the same admin, on %s',
    async (frontend) => {
      const [browser, other] = [await fixture.admin(), await fixture.admin(frontend)];
      const first = await fixture.elevate(browser, null);
      await fixture.elevate(other);
      await fixture.expectNotElevated(browser);
      await fixture.expectElevated(other);
      await fixture.expectEndAudited(first, 'replaced');
      expect((await browser.delete(ELEVATION)).status).toBe(200);
      await fixture.expectElevated(other);
    },
  );

  it('also in simultaneous requests: one session is elevated, and one end is audited', async () => {
    const browsers = [await fixture.admin(), await fixture.admin()];
    fixture.freshCode();
    const answers = await Promise.all(
      browsers.map((browser, step) =>
        browser.post(ELEVATION, { code: codeAt(fixture.bff.now(), -step), reason: REASON, tenantId: 'acme' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const statuses = await Promise.all(browsers.map((browser) => perform(browser, 'account.get')));
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 403]);
    const records = (await Promise.all(answers.map((answer) => fixture.recordedOf(answer)))).flat();
    const ids = records
      .filter(({ event }) => event === 'elevation.begun')
      .map(({ elevationId }) => elevationId);
    await eventually(
      async () => {
        const ends = (await fixture.auditLog()).filter(
          ({ event, elevationId }) => event === 'elevation.ended' && ids.includes(elevationId),
        );
        expect(ends.map(({ details }) => details)).toEqual([{ cause: 'replaced' }]);
      },
      { withinMs: 3_000 },
    );
  });
});
