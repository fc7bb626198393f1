import { beforeEach, describe, expect, it } from '@jest/globals';
import { NotInMemoryError } from '@bff/state';
import { anElevation, MINUTE_MS, SessionsFixture } from './sessions.fixture.js';
import { type Sessions } from './sessions.js';

type Find = Sessions['find'];

/** Both ways to find a session must agree. */
const WAYS: readonly (readonly [way: string, find: Find])[] = [
  ['in the store', (...request) => fixture.sessions.find(...request)],
  ['in memory', (...request) => Promise.resolve(fixture.sessions.findInMemory(...request))],
];

let fixture: SessionsFixture;
beforeEach(() => {
  fixture = new SessionsFixture();
});

const provider = { issuer: 'https://idp.example.com', subject: 's1', sid: 'sid1' };

describe.each(WAYS)('found %s,', (_way, find) => {
  describe('a session', () => {
    it('ends by the wall clock, even if the monotonic clock is behind', async () => {
      const frontend = fixture.frontend('console');
      const { cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.wall += frontend.idleMs - 1;
      expect(await find(cookies, frontend, true)).toBeDefined();
      fixture.wall += 1;
      expect(await find(cookies, frontend, true)).toBeUndefined();
    });

    it('ends when all sessions of its user are ended', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.user('u1', { sessionsVersion: 1 });
      expect(await find(cookies, frontend, true)).toBeUndefined();
      expect(fixture.sessions.current(session)).toBeUndefined();
    });

    it.each([
      ['admin', 'partners', provider, false],
      ['user', 'partners', provider, true],
      ['admin', 'partners', null, true],
      ['admin', 'console', provider, true],
      ['admin', 'operations', provider, true],
    ] as const)(
      'of a user with role %s on %s that began with the login %j is live: %s (ELV-09)',
      async (...row) => {
        const [role, name, login, isLive] = row;
        const frontend = fixture.frontend(name);
        // The role can change after the session began.
        const { cookies } = await fixture.signIn(fixture.user('u1'), frontend, { provider: login });
        fixture.user('u1', { role });
        expect((await find(cookies, frontend, true)) !== undefined).toBe(isLive);
      },
    );

    it('is found by its provider session and by no other', async () => {
      const { issuer, sid } = provider;
      const user = fixture.user('u1');
      const { session } = await fixture.signIn(user, fixture.frontend('console'), { provider });
      const ids = (sessions: readonly (typeof session)[]): string[] =>
        sessions.map(({ record }) => record.id);
      expect(ids(await fixture.sessions.ofProvider(issuer, sid))).toEqual([session.record.id]);
      expect(ids(await fixture.sessions.ofUser(user))).toEqual([session.record.id]);
      expect(await fixture.sessions.ofProvider(issuer, 'sid2')).toEqual([]);
      expect(await fixture.sessions.ofProvider('https://other.example.com', sid)).toEqual([]);
    });
  });

  describe('the activity of a session', () => {
    it('is recorded when the recorded one is one minute old, and not earlier', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      for (const elapsed of [0, MINUTE_MS - 1]) {
        fixture.pass(elapsed);
        expect((await find(cookies, frontend, false))?.record).toBe(session.record);
      }
      fixture.pass(1);
      const active = await find(cookies, frontend, false);
      expect(active?.record).toEqual({ ...session.record, seenAt: fixture.wall });
      expect((await find(cookies, frontend, true))?.record).toEqual(active?.record);
    });

    it('is recorded once for concurrent requests', async () => {
      const frontend = fixture.frontend('console');
      const { cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      for (const minute of [1, 2]) {
        fixture.pass(MINUTE_MS);
        await Promise.all(Array.from({ length: 5 }, () => find(cookies, frontend, false)));
        await new Promise((done) => setImmediate(done));
        expect(fixture.store.updates).toBe(minute);
      }
    });

    it('is not recorded by a passive request', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.pass(5 * MINUTE_MS);
      expect((await find(cookies, frontend, true))?.record).toBe(session.record);
    });
  });

  describe('after the wall clock stepped back', () => {
    it('a session that began in the future began now', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.wall -= 2 * MINUTE_MS;
      const times = { createdAt: fixture.wall, seenAt: fixture.wall };
      const found = await find(cookies, frontend, true);
      expect(found?.record).toEqual({ ...session.record, ...times });
    });

    it('a session of a node whose clock is ahead by a minute keeps its times, and is not written again (RES-15)', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.wall -= MINUTE_MS;
      const found = await find(cookies, frontend, false);
      expect(found?.record).toBe(session.record);
    });

    it('a session whose last activity is in the future was active now, and keeps its begin', async () => {
      const frontend = fixture.frontend('console');
      const { session, cookies } = await fixture.signIn(fixture.user('u1'), frontend);
      fixture.pass(10 * MINUTE_MS);
      await find(cookies, frontend, false);
      fixture.wall -= 5 * MINUTE_MS;
      const found = await find(cookies, frontend, true);
      expect(found?.record).toEqual({ ...session.record, seenAt: fixture.wall });
    });
  });

  describe('an elevation', () => {
    it('applies to the ticket of an admin that carries it', async () => {
      const frontend = fixture.frontend('operations');
      const { session, cookies } = await fixture.signIn(fixture.user('a1', { role: 'admin' }), frontend);
      const elevation = anElevation();
      fixture.elevations.carried.set(session.storeKey, elevation);
      expect((await find(cookies, frontend, true))?.elevation).toEqual(elevation);
      expect(fixture.sessions.current(session)?.elevation).toEqual(elevation);
    });

    it.each([
      ['user', 'operations'],
      ['admin', 'console'],
    ] as const)('has no effect for the role %s on %s', async (role, name) => {
      const frontend = fixture.frontend(name);
      const { session, cookies } = await fixture.signIn(fixture.user('u1', { role }), frontend);
      fixture.elevations.carried.set(session.storeKey, anElevation());
      expect((await find(cookies, frontend, true))?.elevation).toBeNull();
      expect(fixture.sessions.current(session)?.elevation).toBeNull();
    });
  });
});

it('after the wall clock stepped back, the sessions of a user are still listed by their begin, newest first', async () => {
  const [user, frontend] = [fixture.user('u1'), fixture.frontend('console')];
  const first = await fixture.signIn(user, frontend);
  fixture.wall -= 2 * MINUTE_MS;
  const second = await fixture.signIn(user, frontend);
  fixture.wall += 5 * MINUTE_MS;
  const listed = await fixture.sessions.ofUser(user);
  expect(listed.map(({ record }) => record.id)).toEqual([first.session.record.id, second.session.record.id]);
});

describe('a session in memory', () => {
  it('is not found by its previous ticket, which only the store knows', async () => {
    const frontend = fixture.frontend('operations');
    const { session, cookies } = await fixture.signIn(fixture.user('a1', { role: 'admin' }), frontend);
    await fixture.sessions.endElevation(session, 'r');
    expect(fixture.sessions.findInMemory(cookies, frontend, true)).toBeUndefined();
    expect(await fixture.sessions.find(cookies, frontend, true)).toMatchObject({ isRetired: true });
  });

  it('is not found if this node does not know its current state', async () => {
    const frontend = fixture.frontend('console');
    const { cookies } = await fixture.signIn(fixture.user('u1'), frontend);
    fixture.store.peek = () => {
      throw new NotInMemoryError();
    };
    expect(fixture.sessions.findInMemory(cookies, frontend, true)).toBeUndefined();
  });

  it.each([undefined, '', '__Host-bff-session=short'])('is not found for the cookies %j', (cookies) => {
    expect(fixture.sessions.findInMemory(cookies, fixture.frontend('console'), true)).toBeUndefined();
  });
});

describe('an elevation', () => {
  it('does not apply to requests of the ticket before it (SES-06)', async () => {
    const frontend = fixture.frontend('operations');
    const { session, cookies } = await fixture.signIn(fixture.user('a1', { role: 'admin' }), frontend);
    const elevated = await fixture.sessions.elevate(session, {
      ...{ tenantId: null, tenantRecordId: null, reason: 'a reason', requestId: 'r', clientAddress: '::1' },
    });
    expect(fixture.sessions.current(elevated.session)?.elevation).not.toBeNull();
    // A request that was in flight, and one that arrives with the previous cookie.
    expect(fixture.sessions.current(session)).toMatchObject({ elevation: null });
    const late = await fixture.sessions.find(cookies, frontend, true);
    expect(late).toMatchObject({ elevation: null, isRetired: true });
  });

  it('has a live session until a time limit of the session', async () => {
    const frontend = fixture.frontend('operations');
    const { session } = await fixture.signIn(fixture.user('a1', { role: 'admin' }), frontend);
    const isAlive = (): Promise<boolean> | undefined => fixture.elevations.isAlive?.(session.storeKey);
    expect(await isAlive()).toBe(true);
    fixture.wall += frontend.idleMs;
    expect(await isAlive()).toBe(false);
    fixture.pass(frontend.idleMs);
    expect(await isAlive()).toBe(false);
  });
});
