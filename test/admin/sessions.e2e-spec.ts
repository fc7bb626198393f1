import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, type UserRecord } from '../support/administering.js';
import { amount } from '../support/amount.js';
import { type Answer, type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const SESSIONS = '/v1/admin/sessions';
const COOKIE = '__Host-bff-session';
const UNKNOWN_USER = '00000000-0000-4000-8000-000000000000';

interface SessionEntry {
  readonly id: string;
  readonly user: { readonly id: string; readonly email: string };
  readonly frontend: { readonly name: string; readonly class: string };
  readonly current: boolean;
}

const crowded = { ...the.bare, id: 'crowded', name: 'Crowded', projectId: 'crowded' };
const crowd = Array.from({ length: 4 }, (_, index) => ({
  email: `crowd-${index}@crowd.example`,
  name: `Crowd ${index}`,
  password: `crowd-${index}-canary-password`,
  memberships: [{ tenant: 'crowded', role: 'viewer' }],
}));

let bff: Bff;
let admin: Browser;
let users: readonly UserRecord[];
beforeAll(async () => {
  bff = await startBff({
    environment: { BFF_SESSIONS_PER_USER: '1000' },
    directory: {
      ...the.directory,
      tenants: [...the.directory.tenants, crowded],
      users: [...the.directory.users, deputy, ...crowd],
    },
  });
  admin = await administrating(bff);
  users = await entriesOf(admin, '/v1/admin/users');
});
afterAll(() => bff.close());

/** Each test starts with only the session of the admin. */
beforeEach(async () => {
  for (const { id, email } of users) {
    if (email !== the.admin.email) await admin.delete(`${SESSIONS}?userId=${id}`);
  }
});

const idOf = (user: { readonly email: string }): string =>
  users.find(({ email }) => email === user.email)?.id ?? '';
const list = (query = '', size?: number): Promise<SessionEntry[]> =>
  entriesOf<SessionEntry>(admin, `${SESSIONS}${query}`, size);
const end = (query: string, by = admin): Promise<Answer> => by.delete(`${SESSIONS}${query}`);

async function ownId(browser: Browser): Promise<string> {
  return ((await browser.get('/session')).json as { id: string }).id;
}

async function expectEnded(browser: Browser): Promise<void> {
  expectProblem(await browser.get('/session'), 401, 'bff_session_required');
  expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
  expectNothingAsked(bff.sinch);
}

async function expectAlive(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) expect((await browser.get('/session')).status).toBe(200);
}

describe('the list of sessions', () => {
  it('the list has every live session with its user and frontend, and no cookie value or token (SES-11)', async () => {
    const browsers = [
      ...[await bff.signedIn(the.editor), await bff.signedIn(the.editor, 'admin')],
      await bff.signedIn(the.partner, 'partners'),
    ];
    const answer = await admin.get(SESSIONS);
    const { sessions } = answer.json as { sessions: SessionEntry[] };
    const ids = await Promise.all([...browsers, admin].map(ownId));
    expect(sessions.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(sessions).toContainEqual(
      expect.objectContaining({
        id: await ownId(browsers[2] as Browser),
        user: { id: idOf(the.partner), email: the.partner.email },
        frontend: { name: 'partners', class: 'partner' },
        current: false,
      }),
    );
    expect(sessions.filter(({ current }) => current).map(({ id }) => id)).toEqual([await ownId(admin)]);
    for (const { cookies } of [...browsers, admin]) expect(answer.text).not.toContain(cookies.get(COOKIE));
    expect(answer.text).not.toMatch(/canary|token/i);
  });

  it('the list can be filtered by a user or by the members of a tenant', async () => {
    const [editor, viewer] = [await bff.signedIn(the.editor), await bff.signedIn(the.viewer)];
    await bff.signedIn(the.partner);
    const [editorId, viewerId] = [await ownId(editor), await ownId(viewer)];
    const ids = async (query: string): Promise<string[]> => (await list(query)).map(({ id }) => id);
    expect(await ids(`?userId=${idOf(the.viewer)}`)).toEqual([viewerId]);
    expect((await ids('?tenantId=acme')).sort()).toEqual([editorId, viewerId].sort());
    expect(await ids('?tenantId=summit')).toEqual([viewerId]);
    expect(await ids(`?userId=${idOf(crowd[0] ?? the.editor)}`)).toEqual([]);
    expect(await ids('?tenantId=crowded')).toEqual([]);
  });

  it('the list omits sessions that ended or expired', async () => {
    const browser = await bff.signedIn(the.viewer);
    await bff.signedIn(the.viewer);
    await browser.delete('/session');
    expect(await list('?tenantId=acme')).toHaveLength(1);
    bff.turnClock(30 * 60_000);
    admin = await administrating(bff);
    expect(await list('?tenantId=acme')).toEqual([]);
  });

  it.each([1, 4, 10])(
    'the list in pages of %s has each lasting session once while other sessions start and end',
    async (size) => {
      const stable = await Promise.all(Array.from({ length: 8 }, () => bff.signedIn(the.viewer)));
      const leaving = await Promise.all(Array.from({ length: 8 }, () => bff.signedIn(the.partner)));
      const seen: string[] = [];
      let token: string | undefined = '';
      while (token !== undefined) {
        const next = token === '' ? '' : `&pageToken=${token}`;
        const answer = await admin.get(`${SESSIONS}?pageSize=${size}${next}`);
        expect(answer.status).toBe(200);
        const page = answer.json as { sessions: SessionEntry[]; nextPageToken?: string };
        expect(page.sessions.length).toBeLessThanOrEqual(size);
        seen.push(...page.sessions.map(({ id }) => id));
        token = page.nextPageToken;
        await leaving.pop()?.delete('/session');
        if (leaving.length > 4) await bff.signedIn(the.editor);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(await Promise.all([...stable, admin].map(ownId))));
    },
  );

  it('the list rejects page tokens of another filter or reader (VAL-10)', async () => {
    for (let count = 0; count < 3; count += 1) await bff.signedIn(the.viewer);
    const second = await bff.signedIn(deputy, 'admin');
    const path = `${SESSIONS}?tenantId=acme&pageSize=1`;
    const { nextPageToken: token } = (await admin.get(path)).json as { nextPageToken: string };
    expect((await admin.get(`${path}&pageToken=${token}`)).status).toBe(200);
    for (const refused of [
      ...[second.get(`${path}&pageToken=${token}`), admin.get(`${SESSIONS}?pageToken=${token}`)],
      ...[admin.get(`${SESSIONS}?tenantId=summit&pageToken=${token}`)],
      ...[admin.get(`${SESSIONS}?userId=${idOf(the.viewer)}&pageToken=${token}`)],
    ]) {
      expectProblem(await refused, 400, 'bff_invalid_input');
    }
  });
});

describe('ending sessions', () => {
  it('ending the sessions of a user takes effect on every frontend at the next request and on no other user', async () => {
    const mine = [
      ...[await bff.signedIn(the.editor), await bff.signedIn(the.editor)],
      ...[await bff.signedIn(the.editor, 'admin'), await bff.signedIn(the.editor, 'partners')],
    ];
    const others = [await bff.signedIn(the.viewer), await bff.signedIn(the.partner), admin];
    const answer = await end(`?userId=${idOf(the.editor)}`);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { count: 4 } });
    for (const browser of mine) await expectEnded(browser);
    await expectAlive(...others, await bff.signedIn(the.editor));
    expect((await end(`?userId=${idOf(the.editor)}`)).json).toEqual({ count: 1 });
    expect((await end(`?userId=${idOf(the.editor)}`)).json).toEqual({ count: 0 });
  });

  it('ending the sessions of a tenant ends those of all its members and of no other user', async () => {
    const members = [await bff.signedIn(the.editor), await bff.signedIn(the.viewer, 'admin')];
    const guest = await administrating(bff, deputy, 'acme');
    const partner = await bff.signedIn(the.partner);
    expect((await end('?tenantId=acme')).json).toEqual({ count: 2 });
    for (const browser of members) await expectEnded(browser);
    await expectAlive(partner, guest, admin);
    expect((await perform(guest, 'account.get')).status).toBe(200);
    bff.sinch.reset();
  });

  it('an elevation ends with its session (ELV-05)', async () => {
    const second = await administrating(bff, deputy);
    expect((await end(`?userId=${idOf(deputy)}`)).json).toEqual({ count: 1 });
    expectProblem(await second.get(SESSIONS), 401, 'bff_session_required');
    expectProblem(await end('?tenantId=acme', second), 401, 'bff_session_required');
  });

  it('an admin can end the own session by the filter', async () => {
    const second = await administrating(bff, deputy);
    expect((await end(`?userId=${idOf(deputy)}`, second)).json).toEqual({ count: 1 });
    expectProblem(await second.get('/session'), 401, 'bff_session_required');
  });

  it('ending sessions is audited with the actor and the reason', async () => {
    await bff.signedIn(the.viewer);
    const answer = await end('?tenantId=summit');
    const { events } = (await admin.get('/v1/admin/audit?tenantId=summit&pageSize=1')).json as {
      events: object[];
    };
    expect(events).toMatchObject([
      {
        ...{ event: 'sessions.revoked', actor: { id: idOf(the.admin) }, tenantId: 'summit' },
        ...{ reason: REASON, requestId: answer.headers['x-request-id'], outcome: 'success' },
      },
    ]);
  });

  it.each([
    ...['', '?userId=', '?tenantId=', '?userId=a&tenantId=acme', '?userId=&tenantId=acme'],
    ...['?tenantId=acme&tenantId=acme', '?userId=a&userId=b', '?tenantId[]=acme', '?tenantid=acme'],
    ...['?tenantId=acme&all=1', '?tenantId=acme&pageSize=5', '?id=a', '?__proto__=acme'],
  ])('ending sessions requires exactly one filter and rejects "%s"', async (query) => {
    const member = await bff.signedIn(the.viewer);
    expectProblem(await end(query), 400, 'bff_invalid_input');
    await expectAlive(member);
  });

  it.each([
    ['?userId', UNKNOWN_USER, 'bff_not_found'],
    ['?userId', 'no-uuid', 'bff_not_found'],
    ['?userId', '__proto__', 'bff_not_found'],
    ['?tenantId', 'nowhere', 'bff_tenant_not_found'],
    ['?tenantId', 'ACME', 'bff_tenant_not_found'],
    ['?tenantId', 'constructor', 'bff_tenant_not_found'],
  ])('ending and listing sessions reject the unknown %s=%s', async (name, value, errorCode) => {
    const member = await bff.signedIn(the.viewer);
    expectProblem(await end(`${name}=${value}`), 404, errorCode);
    expectProblem(await admin.get(`${SESSIONS}${name}=${value}`), 404, errorCode);
    await expectAlive(member);
  });
});

describe('many sessions of the members of a tenant', () => {
  const EACH = amount(25, 250);
  const cookies: string[] = [];

  const inParts = async (work: (cookie: string, browser: Browser) => Promise<void>): Promise<void> => {
    const left = [...cookies];
    const worker = async (): Promise<void> => {
      const browser = bff.browser();
      for (let cookie = left.pop(); cookie !== undefined; cookie = left.pop()) await work(cookie, browser);
    };
    await Promise.all(Array.from({ length: 10 }, worker));
  };

  it('up to 1000 sessions of a tenant are listed in pages and end within 2 s, and other sessions continue', async () => {
    await Promise.all(
      crowd.map(async (member) => {
        const browser = bff.browser();
        for (let count = 0; count < EACH; count += 1) {
          browser.cookies.clear();
          await browser.signIn(member);
          cookies.push(browser.cookies.get(COOKIE) ?? '');
        }
      }),
    );
    const outsider = await bff.signedIn(the.editor);
    expect(new Set((await list('?tenantId=crowded')).map(({ id }) => id)).size).toBe(4 * EACH);

    const start = performance.now();
    const answer = await end('?tenantId=crowded');
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(answer.json).toEqual({ count: 4 * EACH });
    const statuses = new Set<number>();
    await inParts(async (cookie, browser) => {
      browser.setCookie(COOKIE, cookie);
      statuses.add((await browser.get('/v1/tenants')).status);
    });
    expect([...statuses]).toEqual([401]);
    await expectAlive(outsider, admin);
    expect(await list('?tenantId=crowded')).toEqual([]);
  }, 90_000);
});
