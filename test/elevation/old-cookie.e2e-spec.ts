import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { COOKIE, ELEVATION, EndsFixture } from './ends-fixture.js';

const GRACE_MS = 2_000;

let fixture: EndsFixture;
beforeAll(async () => {
  fixture = await EndsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.bff.sinch.reset());

describe('the cookie from before an elevation or its end (SES-06)', () => {
  it.each<
    [what: string, status: number, errorCode: string, ask: (old: Browser, code: string) => Promise<Answer>]
  >([
    ['elevate', 403, 'bff_elevation_refused', (old, code) => old.post(ELEVATION, { code, reason: REASON })],
    ['end the elevation', 401, 'bff_session_required', (old) => old.delete(ELEVATION)],
  ])('cannot %s: the response is %i %s, and no code is used', async (_, status, errorCode, ask) => {
    const browser = await fixture.admin();
    const old = fixture.copyOf(browser);
    await fixture.elevate(browser);
    expect((await old.get('/session')).status).toBe(200);
    const code = codeAt(fixture.bff.now(), 1);
    const answer = await ask(old, code);
    expectProblem(answer, status, errorCode);
    await fixture.expectElevated(browser);
    expect((await fixture.recordedOf(answer)).filter(({ event }) => event.startsWith('elevation.'))).toEqual(
      [],
    );
    const unused = { code, reason: REASON, tenantId: 'acme' };
    expect((await browser.post(ELEVATION, unused)).status).toBe(200);
  });

  it('authenticates for two seconds after the end of an elevation, without elevation', async () => {
    const browser = await fixture.admin();
    await fixture.elevate(browser);
    const old = fixture.copyOf(browser);
    await browser.delete(ELEVATION);
    fixture.bff.turnClock(GRACE_MS - 1);
    await fixture.expectNotElevated(old);
    fixture.bff.turnClock(1);
    await fixture.expectDead(old);
    await fixture.expectNotElevated(browser);
  });

  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])(
    'authenticates for two seconds after an elevation for %s, without elevation (SES-06)',
    async (_, tenantId) => {
      const browser = await fixture.admin();
      const old = fixture.copyOf(browser);
      await fixture.elevate(browser, tenantId);
      fixture.bff.turnClock(GRACE_MS - 1);
      await fixture.expectNotElevated(old);
      fixture.bff.turnClock(1);
      await fixture.expectDead(old);
    },
  );

  it('is rejected after the cookie was replaced twice', async () => {
    const browser = await fixture.admin();
    const first = fixture.copyOf(browser);
    await fixture.elevate(browser);
    const second = fixture.copyOf(browser);
    await browser.delete(ELEVATION);
    await fixture.expectDead(first);
    await fixture.expectNotElevated(second);
  });

  it.each<[what: string, change: (browser: Browser) => Promise<Answer>]>([
    [
      'an elevation',
      (browser) => browser.post(ELEVATION, { code: codeAt(fixture.bff.now()), reason: REASON }),
    ],
    ['the end of an elevation', (browser) => browser.delete(ELEVATION)],
  ])('is rejected, like the new one, after a logout at the same time as %s (SES-15)', async (_, change) => {
    for (let round = 0; round < 10; round += 1) {
      const browser = await fixture.admin();
      const [before, leaving] = [fixture.copyOf(browser), fixture.copyOf(browser)];
      fixture.freshCode();
      const [, { status }] = await Promise.all([change(browser), leaving.delete('/session')]);
      expect(status).toBe(204);
      if (browser.cookies.has(COOKIE)) await fixture.expectDead(browser);
      await fixture.expectDead(before);
    }
  });
});
