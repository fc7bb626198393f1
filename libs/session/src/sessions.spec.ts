import { Problem } from '@bff/problems';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SESSIONS_PER_USER, SessionsFixture } from './sessions.fixture.js';

const REQUEST = {
  ...{ tenantId: null, tenantRecordId: null, reason: 'a reason', requestId: 'r', clientAddress: '::1' },
};

let fixture: SessionsFixture;
beforeEach(() => {
  fixture = new SessionsFixture();
});

async function liveIds(userId: string): Promise<string[]> {
  const user = fixture.users.get(userId);
  const sessions = user === undefined ? [] : await fixture.sessions.ofUser(user);
  return sessions.map(({ record }) => record.id);
}

describe('a new session', () => {
  it('is not retired, and keeps at most 200 characters of the user agent', async () => {
    const [user, frontend] = [fixture.user('u1'), fixture.frontend('console')];
    const { session } = await fixture.signIn(user, frontend, { userAgent: 'a'.repeat(199) + 'bc' });
    expect(session.isRetired).toBe(false);
    expect(session.record.userAgent).toBe('a'.repeat(199) + 'b');
  });

  it('replaces the earlier session of its browser on the same frontend only', async () => {
    const user = fixture.user('u1');
    const { session, cookies } = await fixture.signIn(user, fixture.frontend('console'));
    const other = await fixture.signIn(user, fixture.frontend('partners'), { cookies });
    expect(await liveIds('u1')).toEqual([other.session.record.id, session.record.id]);
    const next = await fixture.signIn(user, fixture.frontend('console'), { cookies });
    expect(await liveIds('u1')).toEqual([next.session.record.id, other.session.record.id]);
  });

  it.each([
    ['in the same millisecond', 0],
    ['one millisecond apart', 1],
  ])('is the only one left after two sign-ins of a browser %s', async (_, apartMs) => {
    // Ids are random, and a wrong order would keep both sessions or none for some of them.
    for (let round = 0; round < 20; round += 1) {
      const [user, frontend] = [fixture.user(`u${round}`), fixture.frontend('console')];
      const browser = `__Host-bff-browser=${String(round).padStart(43, 'B')}`;
      const first = fixture.signIn(user, frontend, { cookies: browser });
      fixture.pass(apartMs);
      const second = fixture.signIn(user, frontend, { cookies: browser });
      const ids = [await first, await second].map(({ session }) => session.record.id);
      const newest = apartMs === 0 ? ids.toSorted().at(-1) : ids[1];
      expect(await liveIds(user.id)).toEqual([newest]);
    }
  });

  it('ends the oldest sessions of its user on frontends of its class', async () => {
    const user = fixture.user('u1');
    const elsewhere = await fixture.signIn(user, fixture.frontend('partners'));
    const ids: string[] = [];
    for (let count = 0; count < SESSIONS_PER_USER + 2; count += 1) {
      fixture.pass(1);
      const { session } = await fixture.signIn(user, fixture.frontend('console'));
      ids.unshift(session.record.id);
    }
    expect(await liveIds('u1')).toEqual([...ids.slice(0, SESSIONS_PER_USER), elsewhere.session.record.id]);
    expect(fixture.events.map(({ event, details }) => [event, details])).toEqual([
      ['sessions.revoked', { cause: 'too many sessions', count: 1 }],
      ['sessions.revoked', { cause: 'too many sessions', count: 1 }],
    ]);
  });
});

describe('the end of a session', () => {
  it('succeeds once, also after its ticket was rotated', async () => {
    const { session } = await fixture.signIn(fixture.user('u1'), fixture.frontend('console'));
    const rotated = await fixture.sessions.endElevation(session, 'r');
    expect(await fixture.sessions.end(session, 'r')).toBe(true);
    expect(await liveIds('u1')).toEqual([]);
    expect(await fixture.sessions.end(session, 'r')).toBe(false);
    expect(await fixture.sessions.end(rotated.session, 'r')).toBe(false);
  });

  it.each([
    ['admin', 1],
    ['user', 0],
  ] as const)('of a user with role %s ends the elevation of its ticket (%i)', async (role, count) => {
    const { session } = await fixture.signIn(fixture.user('u1', { role }), fixture.frontend('operations'));
    await fixture.sessions.end(session, 'r');
    const expected = Array.from({ length: count }, () => ['u1', 'session-ended', session.storeKey]);
    expect(fixture.elevations.ended).toEqual(expected);
  });

  it('can include all other sessions of the user, which are counted', async () => {
    const [user, other] = [fixture.user('u1'), fixture.user('u2')];
    const { session } = await fixture.signIn(user, fixture.frontend('console'));
    await fixture.signIn(user, fixture.frontend('console'));
    await fixture.signIn(user, fixture.frontend('partners'));
    await fixture.signIn(other, fixture.frontend('console'));
    expect(await fixture.sessions.endOthers(session, 'r')).toBe(2);
    expect(await liveIds('u1')).toEqual([session.record.id]);
    expect(await liveIds('u2')).toHaveLength(1);
  });
});

it('only the kept session survives the end of all sessions of its user', async () => {
  const [user, frontend] = [fixture.user('u1'), fixture.frontend('console')];
  const { session } = await fixture.signIn(user, frontend);
  const other = await fixture.signIn(user, frontend);
  fixture.user('u1', { sessionsVersion: 1 });
  await fixture.sessions.keep(session);
  expect(await liveIds('u1')).toEqual([session.record.id]);
  expect(fixture.sessions.current(other.session)).toBeUndefined();
  expect(fixture.sessions.current(session)?.record).toEqual({ ...session.record, sessionsVersion: 1 });
});

describe('an elevation', () => {
  it.each([
    ['user', 'operations'],
    ['admin', 'console'],
  ] as const)('does not begin for the role %s on %s', async (role, name) => {
    const { session } = await fixture.signIn(fixture.user('u1', { role }), fixture.frontend(name));
    await expect(fixture.sessions.elevate(session, REQUEST)).rejects.toThrow(
      new Problem('bff_role_required'),
    );
    expect(fixture.elevations.begun).toBe(0);
  });

  it('is withdrawn if its session ended while it began', async () => {
    const admin = fixture.user('a1', { role: 'admin' });
    const { session } = await fixture.signIn(admin, fixture.frontend('operations'));
    await fixture.sessions.end(session, 'r');
    await expect(fixture.sessions.elevate(session, REQUEST)).rejects.toThrow(
      new Problem('bff_session_required'),
    );
    expect(fixture.elevations.withdrawn).toHaveLength(1);
    expect(fixture.elevations.carried.size).toBe(0);
  });
});
