import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

interface SessionEntry {
  readonly id: string;
  readonly current: boolean;
}

const MINUTE = 60_000;

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
const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
const entries = async (): Promise<SessionEntry[]> =>
  ((await browser.get('/sessions')).json as { sessions: SessionEntry[] }).sessions;

describe('the list of sessions', () => {
  it('has class, device, creation and last use of each own session, and marks the current one (SES-18)', async () => {
    const { email, password } = the.editor;
    const other = bff.browser('partners');
    const device = 'Mozilla/5.0 (another device)';
    expect((await other.post('/session', { email, password }, { 'user-agent': device })).status).toBe(201);
    const createdAt = bff.now();
    await bff.signedIn(the.viewer);
    bff.turnClock(10 * MINUTE);
    const usedAt = bff.now();
    expectProblem(await other.get('/v1/tenants/summit/whatsapp'), 404, 'bff_tenant_not_found');
    bff.turnClock(MINUTE);
    const [id, own] = [await idOf(other), await idOf(browser)];
    const listed = await entries();
    expect(listed).toHaveLength(2);
    expect(listed.find(({ current }) => current)).toMatchObject({
      id: own,
      frontend: { name: 'console', class: 'internal' },
      userAgent: null,
    });
    expect(listed.find(({ current }) => !current)).toEqual({
      id,
      current: false,
      frontend: { name: 'partners', class: 'partner' },
      userAgent: device,
      createdAt: isoTime(createdAt),
      lastSeenAt: isoTime(usedAt),
      idleExpiresAt: isoTime(usedAt + 15 * MINUTE),
      absoluteExpiresAt: isoTime(createdAt + 8 * 60 * MINUTE),
    });
  });

  it('contains neither a session that was ended nor one that has expired', async () => {
    const ended = await bff.signedIn(the.editor);
    await ended.delete('/session');
    const idle = await bff.signedIn(the.editor, 'partners');
    const idOfIdle = await idOf(idle);
    expect((await entries()).map(({ id }) => id)).toContain(idOfIdle);
    bff.turnClock(15 * MINUTE);
    expect((await entries()).map(({ id }) => id)).toEqual([await idOf(browser)]);
  });

  it('rejects an unknown query parameter', async () => {
    expectProblem(await browser.get('/sessions?userId=1'), 400, 'bff_invalid_input');
  });
});

describe('ending one session by its id', () => {
  it('ends a session of the same user on another frontend (SES-18)', async () => {
    const other = await bff.signedIn(the.editor, 'narrow');
    const answer = await browser.delete(`/sessions/${await idOf(other)}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await statusOf(other)).toBe(401);
    expect(await statusOf(browser)).toBe(200);
  });

  it('ends the current session too, like signing out (SES-12)', async () => {
    const copy = bff.browser();
    for (const [name, value] of browser.cookies) copy.setCookie(name, value);
    expect((await browser.delete(`/sessions/${await idOf(browser)}`)).status).toBe(204);
    expect(await statusOf(copy)).toBe(401);
  });

  it("is rejected with 404 for another user's session, which continues (AZT-04)", async () => {
    const victim = await bff.signedIn(the.viewer);
    expectProblem(await browser.delete(`/sessions/${await idOf(victim)}`), 404, 'bff_not_found');
    expect(await statusOf(victim)).toBe(200);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'x', 'A'.repeat(43), 'A'.repeat(150), '__proto__'])(
    'is rejected with 404 for the id %s',
    async (id) => {
      expectProblem(await browser.delete(`/sessions/${id}`), 404, 'bff_not_found');
    },
  );

  it('does not accept the cookie value as an id', async () => {
    const [ticket = ''] = browser.cookies.values();
    expectProblem(await browser.delete(`/sessions/${ticket}`), 404, 'bff_not_found');
    expect(await statusOf(browser)).toBe(200);
  });

  it('is rejected with 404 the second time', async () => {
    const id = await idOf(await bff.signedIn(the.editor, 'narrow'));
    expect((await browser.delete(`/sessions/${id}`)).status).toBe(204);
    expectProblem(await browser.delete(`/sessions/${id}`), 404, 'bff_not_found');
  });

  it('requires a session', async () => {
    const id = await idOf(browser);
    expectProblem(await bff.browser().delete(`/sessions/${id}`), 401, 'bff_session_required');
    expectProblem(await bff.browser().delete('/sessions'), 401, 'bff_session_required');
    expect(await statusOf(browser)).toBe(200);
  });
});

it('ending all others keeps the current session and those of other users (SES-18)', async () => {
  const others = [await bff.signedIn(the.editor), await bff.signedIn(the.editor, 'narrow')];
  const viewer = await bff.signedIn(the.viewer);
  const answer = await browser.delete('/sessions');
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(await Promise.all(others.map(statusOf))).toEqual([401, 401]);
  expect(await Promise.all([browser, viewer].map(statusOf))).toEqual([200, 200]);
  expect(await entries()).toHaveLength(1);
});
