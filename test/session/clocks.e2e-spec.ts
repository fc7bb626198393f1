import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const minute = 60_000;

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    environment: {
      BFF_FRONTENDS: JSON.stringify([
        frontends.console,
        frontends.partners,
        frontends.admin,
        { ...frontends.narrow, idleMinutes: 0.5, absoluteMinutes: 1.25 },
      ]),
    },
  });
});
afterAll(() => bff.close());

interface Clocks {
  readonly created: number;
  readonly idle: number;
  readonly absolute: number;
}

async function clocksOf(browser: Browser): Promise<Clocks> {
  const answer = await browser.get('/session');
  expect(answer.status).toBe(200);
  const document = answer.json as { createdAt: string; idleExpiresAt: string; absoluteExpiresAt: string };
  return {
    created: Date.parse(document.createdAt),
    idle: Date.parse(document.idleExpiresAt),
    absolute: Date.parse(document.absoluteExpiresAt),
  };
}

const act = async (browser: Browser): Promise<number> => (await browser.get('/v1/tenants')).status;

describe('a request that replaces the ticket or changes the password (SES-07)', () => {
  it.each<[what: string, ask: (browser: Browser) => Promise<Answer>]>([
    ['elevating', (browser) => askElevation(bff, browser)],
    ['ending the elevation', (browser) => browser.delete('/session/elevation')],
    [
      'changing the password',
      (browser) => browser.put('/session/password', { current: the.admin.password, new: the.admin.password }),
    ],
  ])('counts as activity: %s', async (_, ask) => {
    const browser = await bff.signedIn(the.admin, 'admin');
    bff.turnClock(14 * minute);
    expect((await ask(browser)).status).toBeLessThan(300);
    bff.turnClock(2 * minute);
    expect((await browser.get('/session')).status).toBe(200);
    bff.turnClock(12 * minute);
    expect(await act(browser)).toBe(200);
  });
});

describe.each<[FrontendName, { email: string; password: string }, idle: number, absolute: number]>([
  ['console', the.editor, 30 * minute, 720 * minute],
  ['partners', the.partner, 15 * minute, 480 * minute],
  ['admin', the.admin, 15 * minute, 480 * minute],
  ['narrow', the.viewer, 30_000, 75_000],
])('on %s', (frontend, user, idle, absolute) => {
  const lag = Math.min(idle / 10, minute);

  it('the session document has both expiry times', async () => {
    const { created, ...ends } = await clocksOf(await bff.signedIn(user, frontend));
    expect(ends).toEqual({ idle: created + idle, absolute: created + absolute });
  });

  it('an unused session ends when its idle time is over, to the millisecond (SES-07)', async () => {
    const browser = await bff.signedIn(user, frontend);
    const other = await bff.signedIn(user, frontend);
    bff.turnClock(idle - 1);
    expect(await act(other)).toBe(200);
    expect((await browser.get('/session')).status).toBe(200);
    bff.turnClock(1);
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    expect(await act(browser)).toBe(401);
    expect(await act(other)).toBe(200);
  });

  it('reading the session document is not activity (SES-10)', async () => {
    const browser = await bff.signedIn(user, frontend);
    const { created } = await clocksOf(browser);
    for (let step = 1; step < 10; step += 1) {
      bff.turnClock(idle / 10);
      expect((await clocksOf(browser)).idle).toBe(created + idle);
    }
    bff.turnClock(idle / 10);
    expect((await browser.get('/session')).status).toBe(401);
  });

  it('activity is recorded with a delay of at most a tenth of the idle time and one minute', async () => {
    const browser = await bff.signedIn(user, frontend);
    const { created } = await clocksOf(browser);
    bff.turnClock(lag + 1);
    expect(await act(browser)).toBe(200);
    expect((await clocksOf(browser)).idle).toBe(created + lag + 1 + idle);
    bff.turnClock(lag - 1);
    expect(await act(browser)).toBe(200);
    bff.turnClock(idle - lag);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('constant activity does not extend a session beyond its absolute time (SES-08)', async () => {
    const browser = await bff.signedIn(user, frontend);
    const step = idle / 2;
    for (let at = step; at < absolute; at += step) {
      bff.turnClock(step);
      expect(await act(browser)).toBe(200);
      const ends = await clocksOf(browser);
      expect(ends.idle).toBe(Math.min(ends.created + at + idle, ends.absolute));
    }
    bff.turnClock(step - 1);
    expect(await act(browser)).toBe(200);
    bff.turnClock(1);
    expect(await act(browser)).toBe(401);
    expect((await browser.get('/session')).status).toBe(401);
  });
});

it.each([
  ['/sessions', 200],
  ['/v1/tenants/acme/route', 200],
  ['/v1/tenants/acme/whatsapp', 200],
])('a request to %s counts as activity', async (path, status) => {
  const browser = await bff.signedIn(the.editor);
  bff.turnClock(29 * minute);
  expect((await browser.get(path)).status).toBe(status);
  bff.turnClock(29 * minute);
  expect((await browser.get('/session')).status).toBe(200);
});

it('another sign-in starts new idle and absolute times', async () => {
  const browser = await bff.signedIn(the.editor);
  const first = await clocksOf(browser);
  bff.turnClock(10 * minute);
  await browser.signIn(the.editor);
  const second = await clocksOf(browser);
  expect(second.created - first.created).toBe(10 * minute);
  expect(second.absolute - first.absolute).toBe(10 * minute);
});
