import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { codeAt, REASON } from '../support/elevating.js';
import { expectLocked } from '../support/forwarding.js';
import { the } from '../support/the.js';
import {
  change,
  expectAlive,
  expectChanged,
  expectDead,
  failTimes,
  MINUTE,
  NEW,
  PasswordFixture,
} from './password-fixture.js';

let fixture: PasswordFixture;
beforeAll(async () => {
  fixture = await PasswordFixture.start(10);
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('a wrong current password (AUT-12)', () => {
  it('changes nothing, and every session continues', async () => {
    const person = fixture.nextPerson();
    const [browser, other] = [
      await fixture.bff.signedIn(person),
      await fixture.bff.signedIn(person, 'partners'),
    ];
    await failTimes(1, browser);
    await expectAlive(browser, other);
    await fixture.expectPassword(person, person.password, NEW);
  });

  it('is checked ten times over all sessions of a user; then the right one is rejected too, for 15 minutes', async () => {
    const person = fixture.nextPerson();
    const [first, second] = [
      await fixture.bff.signedIn(person),
      await fixture.bff.signedIn(person, 'narrow'),
    ];
    const right = { current: person.password, new: NEW };
    await failTimes(1, first);
    fixture.bff.turnClock(MINUTE);
    await failTimes(9, second);
    expectLocked(await change(first, right), 840);
    await expectAlive(first);
    await expectDead(second);
    expect(await fixture.signInStatus(person, person.password)).toBe(201);
    fixture.bff.turnClock(14 * MINUTE - 1);
    expectLocked(await change(first, right), 1);
    fixture.bff.turnClock(1);
    expectChanged(await change(first, right));
  });

  it('of one user does not limit another user at the same address', async () => {
    const [person, neighbour] = [fixture.nextPerson(), fixture.nextPerson()];
    const address = '198.18.0.1';
    const [browser, beside] = [await fixture.bff.signedIn(person), await fixture.bff.signedIn(neighbour)];
    await failTimes(10, browser, address);
    expectChanged(await change(beside, { current: neighbour.password, new: NEW }, address));
  });

  it('is counted separately from successes and from failures of elevation', async () => {
    const browser = await fixture.bff.signedIn(the.admin, 'admin');
    const { password } = the.admin;
    await failTimes(9, browser);
    expectChanged(await change(browser, { current: password, new: NEW }));
    expectChanged(await change(browser, { current: NEW, new: password }));
    const other = await fixture.bff.signedIn(the.admin, 'admin');
    await failTimes(1, browser);
    expectLocked(await change(other, { current: password, new: NEW }), 900);
    const elevation = { code: codeAt(fixture.bff.now()), reason: REASON };
    expect((await other.post('/session/elevation', elevation)).status).toBe(200);
  });

  it('in 20 simultaneous requests is checked ten times', async () => {
    const browser = await fixture.bff.signedIn(fixture.nextPerson());
    const guess = { current: 'wrong-canary-password', new: NEW };
    const answers = await Promise.all(Array.from({ length: 20 }, () => change(browser, guess)));
    const codes = answers.map(({ json }) => (json as { readonly errorCode: string }).errorCode);
    expect(codes.filter((code) => code === 'bff_invalid_credentials')).toHaveLength(10);
    // The tenth failure ends the session, before or after the other requests are checked for a session.
    const rejected = ['bff_too_many_attempts', 'bff_session_required'];
    expect(codes.filter((code) => rejected.includes(code))).toHaveLength(10);
  });
});
