import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deputy, entriesOf } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MAX = 3;
const SECOND = 1_000;

interface Page {
  readonly sessions: readonly { readonly id: string; readonly createdAt: string }[];
  readonly nextPageToken?: string;
}

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    environment: { BFF_SESSIONS_PER_USER: String(MAX) },
    directory: { ...the.directory, users: [...the.directory.users, deputy] },
  });
});
afterAll(() => bff.close());
afterEach(() => bff.turnClock(9 * 60 * 60_000));

async function signInTimes(
  times: number,
  who: { readonly email: string; readonly password: string },
  frontend?: FrontendName,
): Promise<Browser[]> {
  const browsers: Browser[] = [];
  for (let time = 0; time < times; time += 1) {
    bff.turnClock(SECOND);
    browsers.push(await bff.signedIn(who, frontend));
  }
  return browsers;
}

async function statuses(browsers: readonly Browser[]): Promise<number[]> {
  return Promise.all(browsers.map(async (browser) => (await browser.get('/session')).status));
}

describe('the maximum of sessions per user and class', () => {
  it('ends the oldest session when one more begins, and no other', async () => {
    const others = [await bff.signedIn(the.viewer), await bff.signedIn(the.editor, 'partners')];
    const browsers = await signInTimes(MAX + 2, the.editor);
    expect(await statuses(browsers)).toEqual([401, 401, 200, 200, 200]);
    expectProblem(await (browsers[0] as Browser).get('/session'), 401, 'bff_session_required');
    expect(await statuses(others)).toEqual([200, 200]);
  });

  it('counts the frontends of one class together and ignores activity', async () => {
    const [first] = await signInTimes(1, the.editor, 'narrow');
    const rest = await signInTimes(MAX - 1, the.editor);
    bff.turnClock(SECOND);
    expect((await (first as Browser).get('/v1/tenants')).status).toBe(200);
    const [last] = await signInTimes(1, the.editor);
    expect(await statuses([first as Browser, ...rest, last as Browser])).toEqual([401, 200, 200, 200]);
  });

  it('applies to sessions that begin simultaneously, of which the last ones remain', async () => {
    const one = await signInTimes(1, the.partner, 'partners');
    const browsers = Array.from({ length: 8 }, () => bff.browser('partners'));
    await Promise.all(browsers.map((browser) => browser.signIn(the.partner)));
    expect((await statuses(browsers)).filter((status) => status === 200)).toHaveLength(MAX);
    expect(await statuses(one)).toEqual([401]);
  });

  it('ends the elevation of the session that it ends, and both ends are audited', async () => {
    const [elevated] = await signInTimes(1, the.admin, 'admin');
    const code = codeAt(bff.now());
    const answer = await (elevated as Browser).post('/session/elevation', { code, reason: REASON });
    expect(answer.status).toBe(200);
    const later = await signInTimes(MAX, the.admin, 'admin');
    expect(await statuses([elevated as Browser, ...later])).toEqual([401, 200, 200, 200]);
    const auditor = await bff.signedIn(deputy, 'admin');
    const events = await entriesOf<AuditRecord>(auditor, '/v1/admin/audit');
    const ends = events.filter(({ event }) => event === 'sessions.revoked' || event === 'elevation.ended');
    expect(ends.slice(0, 2).map(({ event, details }) => [event, details['cause']])).toEqual([
      ['sessions.revoked', 'too many sessions'],
      ['elevation.ended', 'session-ended'],
    ]);
    expect(ends[0]).toMatchObject({ outcome: 'success', actor: { kind: 'service' } });
    expect(ends[0]?.requestId).toBe(ends[1]?.requestId);
  });
});

describe('the pages of GET /sessions', () => {
  it('have every session once, the newest first, in the requested size', async () => {
    const [browser] = await signInTimes(1, the.viewer);
    await signInTimes(2, the.viewer);
    await signInTimes(2, the.viewer, 'partners');
    const found = await entriesOf<Page['sessions'][number]>(browser as Browser, '/sessions', 2);
    expect(new Set(found.map(({ id }) => id)).size).toBe(5);
    const times = found.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    const whole = (await (browser as Browser).get('/sessions')).json as Page;
    expect(whole.sessions).toEqual(found);
    expect(whole).not.toHaveProperty('nextPageToken');
  });

  it.each(['pageSize=0', 'pageSize=101', 'pageToken=forged', 'pageSize=1&pageSize=1'])(
    'are rejected with 400 for %s',
    async (query) => {
      const browser = await bff.signedIn(the.viewer);
      expectProblem(await browser.get(`/sessions?${query}`), 400, 'bff_invalid_input');
    },
  );

  it('have tokens that are valid only for their user', async () => {
    const [browser] = await signInTimes(2, the.viewer);
    const page = (await (browser as Browser).get('/sessions?pageSize=1')).json as Page;
    const query = `/sessions?pageToken=${page.nextPageToken ?? ''}`;
    expect((await (browser as Browser).get(query)).status).toBe(200);
    const other = await bff.signedIn(the.editor);
    expectProblem(await other.get(query), 400, 'bff_invalid_input');
  });
});
