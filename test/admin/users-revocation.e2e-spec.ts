import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, userOf } from '../support/administering.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { USERS, UsersFixture } from './users-fixture.js';

let fixture: UsersFixture;
beforeAll(async () => {
  fixture = await UsersFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createUser());

describe('the end of sessions at the next request', () => {
  it('the sessions of a disabled user end and remain ended when the user is enabled again', async () => {
    const browsers = [
      await fixture.bff.signedIn(fixture.user),
      await fixture.bff.signedIn(fixture.user, 'admin'),
    ];
    expect((await fixture.patch({ disabled: true })).json).toMatchObject({ id: fixture.id, disabled: true });
    for (const browser of browsers) await fixture.expectEnded(browser);
    await fixture.expectNoSignIn(fixture.user.email, fixture.user.password);
    expect((await fixture.patch({ disabled: false })).json).toMatchObject({
      id: fixture.id,
      disabled: false,
    });
    for (const browser of browsers) await fixture.expectEnded(browser);
    await fixture.bff.signedIn(fixture.user);
  });

  it('a new password ends the sessions of the user and replaces the old password', async () => {
    const browser = await fixture.bff.signedIn(fixture.user);
    const password = 'another-canary-password';
    expect((await fixture.patch({ password })).status).toBe(200);
    await fixture.expectEnded(browser);
    await fixture.expectNoSignIn(fixture.user.email, fixture.user.password);
    await fixture.bff.signedIn({ ...fixture.user, password });
  });

  it('the sessions of other users continue', async () => {
    const other = await fixture.bff.signedIn(the.viewer);
    await fixture.patch({ disabled: true });
    expect((await other.get('/session')).status).toBe(200);
  });
});

describe('the end of an elevation at the next request', () => {
  it('an elevation ends when the admin role is removed, and is not restored with the role (ELV-05)', async () => {
    const second = await administrating(fixture.bff, deputy);
    const { id: deputyId } = await userOf(fixture.admin, deputy.email);
    expect((await fixture.patch({ role: 'user' }, deputyId)).status).toBe(200);
    expectProblem(await second.get(USERS), 403, 'bff_role_required');
    expectProblem(await second.patch(`${USERS}/${fixture.id}`, { name: 'X' }), 403, 'bff_role_required');
    expect((await fixture.patch({ role: 'admin' }, deputyId)).status).toBe(200);
    expect((await second.get(USERS)).status).toBe(200);
    expectProblem(await second.patch(`${USERS}/${fixture.id}`, { name: 'X' }), 403, 'bff_elevation_required');
    expect((await fixture.read()).name).toBe(fixture.user.name);
  });

  it('a new second factor ends the elevation of an admin and replaces the old codes', async () => {
    const second = await administrating(fixture.bff, deputy);
    const { id: deputyId } = await userOf(fixture.admin, deputy.email);
    const totpSecret = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';
    expect((await fixture.patch({ totpSecret }, deputyId)).status).toBe(200);
    expectProblem(await second.patch(`${USERS}/${fixture.id}`, { name: 'X' }), 403, 'bff_elevation_required');
    fixture.bff.turnClock(30_000);
    const old = { code: codeAt(fixture.bff.now(), 0, deputy.totpSecret), reason: REASON };
    expectProblem(await second.post('/session/elevation', old), 403, 'bff_elevation_refused');
    await administrating(fixture.bff, { ...deputy, totpSecret });
    expect((await fixture.patch({ totpSecret: deputy.totpSecret }, deputyId)).status).toBe(200);
  });
});
