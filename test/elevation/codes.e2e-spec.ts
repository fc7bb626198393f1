import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deputy } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectLocked, expectProblem } from '../support/forwarding.js';
import { type FrontendName } from '../support/start-bff.js';
import { CodesFixture, expectRefused, MINUTE, withoutSecondFactor } from './codes-fixture.js';

let fixture: CodesFixture;
beforeAll(async () => {
  fixture = await CodesFixture.start();
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('a one-time code (ELV-07)', () => {
  it.each<[where: string, elsewhere: (first: Browser) => Promise<Browser>]>([
    ['in the same session', (first) => Promise.resolve(first)],
    ['in another session of the same admin', () => fixture.admin()],
    ['on another admin frontend', () => fixture.admin('narrow')],
  ])('is not accepted a second time %s, for a tenant or for administration', async (_, elsewhere) => {
    const first = await fixture.admin();
    const second = await elsewhere(first);
    const code = fixture.freshCode();
    expect((await fixture.elevate(first, { code })).status).toBe(200);
    expectRefused(await fixture.elevate(second, { code }));
    expectRefused(await fixture.elevate(second, { code, tenantId: 'acme' }));
  });

  it.each<[where: string, sessions: number]>([
    ['one session', 1],
    ['six sessions', 6],
  ])('is accepted once in six simultaneous requests of %s', async (_, sessions) => {
    const browsers = await Promise.all(Array.from({ length: sessions }, () => fixture.admin()));
    const code = fixture.freshCode();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_each, index) =>
        fixture.elevate(browsers[index % sessions] as Browser, { code }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
    for (const answer of answers) if (answer.status !== 200) expectRefused(answer);
  });

  it.each([-1, 0, 1])('is accepted once, %i steps from now', async (steps) => {
    const browser = await fixture.admin();
    fixture.freshCode();
    const code = codeAt(fixture.bff.now(), steps);
    expect((await fixture.elevate(browser, { code })).status).toBe(200);
    expectRefused(await fixture.elevate(browser, { code }));
  });

  it.each([-2, 2, -120, 120])('is rejected %i steps from now', async (steps) => {
    fixture.freshCode();
    expectRefused(await fixture.elevate(await fixture.admin(), { code: codeAt(fixture.bff.now(), steps) }));
  });

  it('is rejected for another admin than its owner', async () => {
    fixture.freshCode();
    expectRefused(
      await fixture.elevate(await fixture.admin(), { code: codeAt(fixture.bff.now(), 0, deputy.totpSecret) }),
    );
  });

  it('is rejected for an admin without a second factor', async () => {
    expectRefused(
      await fixture.elevate(await fixture.bff.signedIn(withoutSecondFactor, 'admin'), {
        code: fixture.freshCode(),
      }),
    );
  });

  it.each<[what: string, frontend: FrontendName, tenantId: string]>([
    ['that does not exist', 'admin', 'nowhere'],
    ['with an invalid id', 'admin', '../acme'],
    ['that the frontend does not reach', 'narrow', 'summit'],
  ])('is not used by a request for a tenant %s', async (_, frontend, tenantId) => {
    const browser = await fixture.admin(frontend);
    const code = fixture.freshCode();
    expectProblem(await fixture.elevate(browser, { code, tenantId }), 404, 'bff_tenant_not_found');
    expect((await fixture.elevate(browser, { code, tenantId: 'acme' })).status).toBe(200);
  });
});

describe('an elevation request (VAL-01)', () => {
  it.each<[what: string, change: object]>([
    ...['12345', '1234567', 'abcdef', '12345a', '1234 6', ' 123456', '123456\n', '-12345', '1e5123', ''].map(
      (code): [string, object] => [`the code ${JSON.stringify(code)}`, { code }],
    ),
    ['a code in other digits', { code: '١٢٣٤٥٦' }],
    ['a number as code', { code: 123_456 }],
    ['no code', { code: undefined }],
    ['a reason of 9 characters', { reason: 'r'.repeat(9) }],
    ['a reason of 9 characters that take two units each', { reason: '👋'.repeat(9) }],
    ['a reason of 501 characters', { reason: 'r'.repeat(501) }],
    ...['\n', '\t', '\u0000', '\u001b', '\u007f', '\u0085'].map((control): [string, object] => [
      `a reason with the control character ${control.charCodeAt(0)}`,
      { reason: `Ticket 4711${control}: stuck` },
    ]),
    ['no reason', { reason: undefined }],
    ['a list as reason', { reason: [REASON] }],
    ['an unknown member', { ticket: '4711' }],
    ['returnTo in a session that began with a password', { returnTo: '/' }],
    ['a tenant that is not a string', { tenantId: 4711 }],
  ])('with %s is rejected with 400, is not counted and uses no code', async (_, change) => {
    const browser = await fixture.admin();
    const code = fixture.freshCode();
    for (let time = 0; time < 11; time += 1) {
      expectProblem(await fixture.elevate(browser, { code, ...change }), 400, 'bff_invalid_input');
    }
    expect((await fixture.elevate(browser, { code })).status).toBe(200);
  });

  it.each<[characters: number, reason: string]>([
    [10, 'r'.repeat(10)],
    [500, 'r'.repeat(500)],
    [500, '👋'.repeat(500)],
  ])('with a reason of %i characters is accepted', async (_, reason) => {
    const answer = await fixture.elevate(await fixture.admin(), { code: fixture.freshCode(), reason });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ elevation: { tenantId: null, reason } });
  });
});

describe('wrong codes (ELV-07, AUT-12)', () => {
  it('are checked ten times over all sessions of a user, until the oldest is 15 minutes old', async () => {
    const [first, second, third] = [
      await fixture.admin(),
      await fixture.admin(),
      await fixture.admin('narrow'),
    ];
    await fixture.failTimes(1, first);
    fixture.bff.turnClock(MINUTE);
    await fixture.failTimes(4, second);
    await fixture.failTimes(5, third);
    for (const browser of [first, second]) {
      expectLocked(await fixture.elevate(browser, { code: fixture.wrongCode() }), 840);
      expectLocked(await fixture.elevate(browser, { code: codeAt(fixture.bff.now()) }), 840);
    }
    fixture.bff.turnClock(14 * MINUTE - 1);
    expectLocked(await fixture.elevate(first, { code: codeAt(fixture.bff.now()) }), 1);
    fixture.bff.turnClock(1);
    expect((await fixture.elevate(first, { code: codeAt(fixture.bff.now()) })).status).toBe(200);
    await fixture.failTimes(1, second);
    expectProblem(await fixture.elevate(second, { code: fixture.wrongCode() }), 401, 'bff_session_required');
    expectLocked(await fixture.elevate(await fixture.admin(), { code: fixture.wrongCode() }), 60);
  });

  it('of one admin do not limit another admin at the same address', async () => {
    const address = '198.18.0.1';
    await fixture.failTimes(10, await fixture.admin(), address);
    fixture.freshCode();
    const code = codeAt(fixture.bff.now(), 0, deputy.totpSecret);
    expect(
      (await fixture.elevate(await fixture.bff.signedIn(deputy, 'admin'), { code }, address)).status,
    ).toBe(200);
  });

  it('are counted separately from successful elevations', async () => {
    const browser = await fixture.admin();
    await fixture.failTimes(9, browser);
    for (let time = 0; time < 3; time += 1) {
      expect((await fixture.elevate(browser, { code: fixture.freshCode() })).status).toBe(200);
    }
    await fixture.failTimes(1, browser);
    expectLocked(await fixture.elevate(await fixture.admin(), { code: fixture.freshCode() }), 420);
  });

  it('in simultaneous requests do not exceed the limit', async () => {
    const browser = await fixture.admin();
    const code = fixture.wrongCode();
    const answers = await Promise.all(Array.from({ length: 30 }, () => fixture.elevate(browser, { code })));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10);
    // The tenth failure ends the session, before or after the other requests are checked for a session.
    expect(answers.filter(({ status }) => [401, 429].includes(status))).toHaveLength(20);
  });
});
