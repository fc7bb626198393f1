import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, userOf, type UserRecord } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { USERS, UsersFixture } from './users-fixture.js';

let fixture: UsersFixture;
beforeAll(async () => {
  fixture = await UsersFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createUser());

describe('the last admin', () => {
  it.each<[string, (of: string) => Promise<Answer>]>([
    ['demoted', (of) => fixture.patch({ role: 'user' }, of)],
    ['disabled', (of) => fixture.patch({ disabled: true, name: 'Changed' }, of)],
    ['deleted', (of) => fixture.admin.delete(`${USERS}/${of}`)],
  ])('the last active admin cannot be %s', async (_, remove) => {
    const admins = (await entriesOf<UserRecord>(fixture.admin, USERS)).filter(({ role }) => role === 'admin');
    const last = admins.find(({ email }) => email === the.admin.email)?.id ?? '';
    const others = admins.filter((other) => other.id !== last);
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) expect((await fixture.patch({ disabled: true }, other.id)).status).toBe(200);
    const before = await fixture.read(last);
    expectProblem(await remove(last), 409, 'bff_conflict');
    expect(await fixture.read(last)).toEqual(before);
    expect((await fixture.patch({ role: 'admin', disabled: false }, last)).status).toBe(200);
    for (const other of others) expect((await fixture.patch({ disabled: false }, other.id)).status).toBe(200);
  });

  it.each<[string, object | null]>([
    ['demote', { role: 'user' }],
    ['disable', { disabled: true }],
    ['delete', null],
  ])('one active admin remains when two admins concurrently %s each other', async (_, changes) => {
    const allUsers = await entriesOf<UserRecord>(fixture.admin, USERS);
    const pair = [the.admin.email, deputy.email];
    for (const { id: of, email, role } of allUsers) {
      if (role === 'admin' && !pair.includes(email)) await fixture.patch({ role: 'user' }, of);
    }
    const second = await administrating(fixture.bff, deputy);
    const [first, other] = await Promise.all(pair.map((email) => userOf(fixture.admin, email)));
    const end = (browser: Browser, of = ''): Promise<Answer> =>
      changes === null ? browser.delete(`${USERS}/${of}`) : browser.patch(`${USERS}/${of}`, changes);
    const answers = await Promise.all([end(fixture.admin, other?.id), end(second, first?.id)]);
    const [won, lost] = answers.map(({ status }) => status).sort();
    expect(won).toBe(changes === null ? 204 : 200);
    expect([401, 403, 409]).toContain(lost);

    const [survivor, gone] = answers[0].status === won ? [fixture.admin, other] : [second, first];
    const left = await entriesOf<UserRecord>(survivor, USERS);
    expect(left.filter(({ role, disabled }) => role === 'admin' && !disabled)).toHaveLength(1);
    if (changes === null) await fixture.bff.apply({ users: [the.admin, deputy] });
    else await survivor.patch(`${USERS}/${gone?.id}`, { role: 'admin', disabled: false });
    fixture.admin = await administrating(fixture.bff);
  });
});
