import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

interface SessionEntry {
  readonly id: string;
  readonly current: boolean;
  readonly frontend: { readonly name: string; readonly class: string };
}

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
beforeEach(async () => {
  browser = await bff.signedIn(the.editor);
  await browser.delete('/sessions');
});
afterEach(() => expectNothingAsked(bff.sinch));

const idOf = async (owner: Browser): Promise<string> =>
  ((await owner.get('/session')).json as { id: string }).id;
const statusOf = async (owner: Browser): Promise<number> => (await owner.get('/session')).status;
const entries = async (): Promise<SessionEntry[]> =>
  ((await browser.get('/sessions')).json as { sessions: SessionEntry[] }).sessions;

describe('the list of sessions', () => {
  it("has the caller's own on every frontend, and says which one asks (SES-18)", async () => {
    const other = await bff.signedIn(the.editor, 'narrow');
    await bff.signedIn(the.viewer);
    const listed = await entries();
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set([await idOf(browser), await idOf(other)]));
    expect(listed.find(({ current }) => current)?.id).toBe(await idOf(browser));
    expect(listed.filter(({ current }) => current)).toHaveLength(1);
    expect(new Set(listed.map(({ frontend }) => frontend.name))).toEqual(new Set(['console', 'narrow']));
  });

  it('has neither a session that was ended nor one whose time is over', async () => {
    const ended = await bff.signedIn(the.editor);
    await ended.delete('/session');
    const idle = await bff.signedIn(the.editor, 'partners');
    const idOfIdle = await idOf(idle);
    expect((await entries()).map(({ id }) => id)).toContain(idOfIdle);
    bff.turnClock(15 * 60_000);
    expect((await entries()).map(({ id }) => id)).toEqual([await idOf(browser)]);
  });

  it('rejects a query parameter that it does not have', async () => {
    expectProblem(await browser.get('/sessions?userId=1'), 400, 'bff_invalid_input');
  });
});

describe('ending one session by its id', () => {
  it('ends a session of the same user on another frontend', async () => {
    const other = await bff.signedIn(the.editor, 'narrow');
    const answer = await browser.delete(`/sessions/${await idOf(other)}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await statusOf(other)).toBe(401);
    expect(await statusOf(browser)).toBe(200);
  });

  it('ends the own one, which is the same as signing out (SES-12)', async () => {
    const copy = bff.browser();
    for (const [name, value] of browser.cookies) copy.setCookie(name, value);
    expect((await browser.delete(`/sessions/${await idOf(browser)}`)).status).toBe(204);
    expect(await statusOf(copy)).toBe(401);
  });

  it("does not know another user's session, which lives on (AZT-04)", async () => {
    const victim = await bff.signedIn(the.viewer);
    expectProblem(await browser.delete(`/sessions/${await idOf(victim)}`), 404, 'bff_not_found');
    expect(await statusOf(victim)).toBe(200);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'x', 'A'.repeat(43), 'A'.repeat(150), '__proto__'])(
    'does not know the id %s',
    async (id) => {
      expectProblem(await browser.delete(`/sessions/${id}`), 404, 'bff_not_found');
    },
  );

  it('does not take the cookie value for an id', async () => {
    const [ticket = ''] = browser.cookies.values();
    expectProblem(await browser.delete(`/sessions/${ticket}`), 404, 'bff_not_found');
    expect(await statusOf(browser)).toBe(200);
  });

  it('does not know a session twice', async () => {
    const id = await idOf(await bff.signedIn(the.editor, 'narrow'));
    expect((await browser.delete(`/sessions/${id}`)).status).toBe(204);
    expectProblem(await browser.delete(`/sessions/${id}`), 404, 'bff_not_found');
  });

  it('needs a session', async () => {
    const id = await idOf(browser);
    expectProblem(await bff.browser().delete(`/sessions/${id}`), 401, 'bff_session_required');
    expectProblem(await bff.browser().delete('/sessions'), 401, 'bff_session_required');
    expect(await statusOf(browser)).toBe(200);
  });
});

it("ending all others keeps the own session and other people's (SES-18)", async () => {
  const others = [await bff.signedIn(the.editor), await bff.signedIn(the.editor, 'narrow')];
  const viewer = await bff.signedIn(the.viewer);
  const answer = await browser.delete('/sessions');
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(await Promise.all(others.map(statusOf))).toEqual([401, 401]);
  expect(await Promise.all([browser, viewer].map(statusOf))).toEqual([200, 200]);
  expect(await entries()).toHaveLength(1);
});
