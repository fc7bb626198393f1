import { Problem } from '@bff/problems';
import { beforeEach, expect, it } from '@jest/globals';
import { MINUTE_MS, type SignIn, SessionsFixture } from './sessions.fixture.js';

let fixture: SessionsFixture;
let first: SignIn;
beforeEach(async () => {
  fixture = new SessionsFixture();
  first = await fixture.signIn(fixture.user('u1'), fixture.frontend('console'));
});

it('a request in flight finds its session under the new ticket for 15 minutes', async () => {
  const { session } = await fixture.sessions.endElevation(first.session, 'r');
  fixture.monotonic += 15 * MINUTE_MS - 1;
  expect(fixture.sessions.current(first.session)?.storeKey).toBe(session.storeKey);
  fixture.monotonic += 1;
  expect(fixture.sessions.current(first.session)).toBeUndefined();
  expect(fixture.sessions.current(session)).toBeDefined();
});

it('a previous ticket cannot be rotated (SES-06)', async () => {
  const { frontend } = first.session;
  const { session } = await fixture.sessions.endElevation(first.session, 'r');
  const retired = await fixture.sessions.find(first.cookies, frontend, true);
  if (retired === undefined) throw new Error('The previous ticket was not found within the grace period');
  await expect(fixture.sessions.endElevation(retired, 'r')).rejects.toThrow(
    new Problem('bff_session_required'),
  );
  expect(fixture.sessions.current(session)?.storeKey).toBe(session.storeKey);
});
