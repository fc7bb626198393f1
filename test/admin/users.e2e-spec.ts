import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, type UserRecord, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectNoSecrets, expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const USERS = '/v1/admin/users';
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;

let bff: Bff;
let admin: Browser;
let number = 0;
/** Created for each test: a viewer of acme. */
let user: ReturnType<typeof newUser>;
let id: string;

beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  admin = await administrating(bff);
});
afterAll(() => bff.close());

beforeEach(async () => {
  user = newUser();
  const created = await admin.post(USERS, user);
  expect(created.status).toBe(201);
  ({ id } = created.json as UserRecord);
});

function newUser() {
  number += 1;
  return {
    email: `user-${number}@acme.example`,
    name: `User ${number}`,
    password: `user-${number}-canary-password`,
    memberships: [{ tenant: 'acme', role: 'viewer' }],
  };
}

const patch = (changes: unknown, of = id): Promise<Answer> => admin.patch(`${USERS}/${of}`, changes);

async function read(of = id): Promise<UserRecord> {
  const answer = await admin.get(`${USERS}/${of}`);
  expect(answer.status).toBe(200);
  expectNoSecrets(answer);
  return answer.json as UserRecord;
}

async function expectNoSignIn(email: string, password: string): Promise<void> {
  const answer = await bff.browser().post('/session', { email, password });
  expectProblem(answer, 401, 'bff_invalid_credentials');
}

async function expectEnded(browser: Browser): Promise<void> {
  expectProblem(await browser.get('/session'), 401, 'bff_session_required');
  expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
  expectNothingAsked(bff.sinch);
}

describe('a user', () => {
  it('a user is created and read with the given values, without password and second factor', async () => {
    const body = { ...newUser(), role: 'admin', totpSecret: deputy.totpSecret };
    const created = await admin.post(USERS, body);
    expect(created.status).toBe(201);
    expectNoSecrets(created);
    const { email, name, memberships } = body;
    const record = { id: UUID, email, name, memberships, role: 'admin', disabled: false, identity: null };
    const facts = { hasPassword: true, hasSecondFactor: true, createdAt: ISO, updatedAt: ISO };
    expect(created.json).toEqual({ ...record, ...facts });
    expect(await read((created.json as UserRecord).id)).toEqual(created.json);
    await administrating(bff, { ...body, totpSecret: deputy.totpSecret });
  });

  it('a user without a given role and memberships has the role user and no memberships', async () => {
    const created = await admin.post(USERS, { email: `bare-${number}@acme.example`, name: 'Bare' });
    const record = { role: 'user', memberships: [], hasPassword: false, hasSecondFactor: false };
    expect(created.json).toMatchObject(record);
  });

  it.each([1, 3, 100])('the list in pages of %s has each user once', async (size) => {
    const found = await entriesOf<UserRecord>(admin, USERS, size);
    expect(found).toContainEqual(await read());
    const ids = found.map((record) => record.id);
    expect(new Set(ids).size).toBe(ids.length);
    const people = [the.editor, the.viewer, the.partner, the.admin, deputy].map(({ email }) => email);
    expect(found.map(({ email }) => email)).toEqual(expect.arrayContaining(people));
  });

  it.each<[object]>([
    [{ name: 'Zoë „Z” 👋🏽' }],
    [{ email: 'Moved.Address@acme.example' }],
    [{ role: 'admin' }],
    [{ identity: { issuer: 'https://id.acme.example', subject: 'subject-1' } }],
    [{ disabled: true }],
    [{}],
  ])('PATCH %j changes only the given members of a user', async (changes) => {
    const before = await read();
    const answer = await patch(changes);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      ...before,
      ...changes,
      updatedAt: (answer.json as UserRecord).updatedAt,
    });
    expect(await read()).toEqual(answer.json);
  });

  it('a user with a new address signs in only with it, and live sessions continue', async () => {
    const browser = await bff.signedIn(user);
    const email = `renamed-${number}@acme.example`;
    expect((await patch({ email })).status).toBe(200);
    expect((await browser.get('/session')).json).toMatchObject({ user: { email } });
    await expectNoSignIn(user.email, user.password);
    await bff.signedIn({ ...user, email });
  });

  it('PATCH adds memberships to the existing ones, and they take effect at the next request', async () => {
    const browser = await bff.signedIn(user);
    const memberships = [
      { tenant: 'orchard', role: 'editor' },
      { tenant: 'acme', role: 'editor' },
    ];
    expect((await patch({ memberships: memberships.slice(0, 1) })).status).toBe(200);
    expect((await read()).memberships).toEqual([{ tenant: 'acme', role: 'viewer' }, memberships[0]]);
    expect((await patch({ memberships })).status).toBe(200);
    expect((await browser.get('/session')).json).toMatchObject({
      tenants: [
        { id: 'acme', role: 'editor' },
        { id: 'orchard', role: 'editor' },
      ],
    });
    expect((await patch({ memberships: [] })).status).toBe(200);
    expect((await read()).memberships).toHaveLength(2);
  });

  it('a deleted user loses sessions and memberships', async () => {
    const browser = await bff.signedIn(user);
    expect((await admin.delete(`${USERS}/${id}`)).status).toBe(204);
    await expectEnded(browser);
    await expectNoSignIn(user.email, user.password);
    expectProblem(await admin.get(`${USERS}/${id}`), 404, 'bff_not_found');
    expectProblem(await admin.delete(`${USERS}/${id}`), 404, 'bff_not_found');
    const members = await entriesOf<{ userId: string }>(admin, '/v1/admin/tenants/acme/members');
    expect(members.map(({ userId }) => userId)).not.toContain(id);
    const again = await admin.post(USERS, user);
    expect(again.status).toBe(201);
    expect((again.json as UserRecord).id).not.toBe(id);
    await expectEnded(browser);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'no-uuid', '1', '__proto__', 'x'.repeat(300)])(
    'the unknown user id %s is rejected with bff_not_found',
    async (unknown) => {
      const path = `${USERS}/${unknown}`;
      expectProblem(await admin.get(path), 404, 'bff_not_found');
      expectProblem(await admin.patch(path, { name: 'Nobody' }), 404, 'bff_not_found');
      expectProblem(await admin.delete(path), 404, 'bff_not_found');
    },
  );
});

describe('the unique address and identity of a user', () => {
  it.each<[string, (email: string) => string]>([
    ['in the same case', (email) => email],
    ['in upper case', (email) => email.toUpperCase()],
  ])('the address of another user is rejected %s', async (_, written) => {
    const before = await entriesOf(admin, USERS);
    const taken = { email: written(the.editor.email) };
    expectProblem(await admin.post(USERS, { ...newUser(), ...taken }), 409, 'bff_conflict');
    expectProblem(await patch({ ...taken, name: 'Impostor' }), 409, 'bff_conflict');
    expect(await entriesOf(admin, USERS)).toEqual(before);
    expect((await patch({ email: written(user.email) })).status).toBe(200);
  });

  it('an identity of a provider cannot be given to two users', async () => {
    const identity = { issuer: 'https://id.acme.example', subject: `subject-${id}` };
    const known = await admin.post(USERS, { email: `oidc-${number}@acme.example`, name: 'Known', identity });
    expect(known.json).toMatchObject({ identity, hasPassword: false });
    await expectNoSignIn(`oidc-${number}@acme.example`, 'a canary password');
    expectProblem(await admin.post(USERS, { ...newUser(), identity }), 409, 'bff_conflict');
    expectProblem(await patch({ identity }), 409, 'bff_conflict');
    expect((await patch({ identity: { ...identity, issuer: 'https://other.example' } })).status).toBe(200);
  });

  it('concurrent creations with the same address create one user', async () => {
    const second = await administrating(bff, deputy);
    const body = newUser();
    const inUpperCase = { ...body, email: body.email.toUpperCase() };
    const both = await Promise.all([admin.post(USERS, body), second.post(USERS, inUpperCase)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('a rejected request for a user', () => {
  const details: [string, object][] = [
    ['an id', { id: '00000000-0000-4000-8000-000000000000' }],
    ['a password hash', { passwordHash: 'x' }],
    ['a read-only member', { hasPassword: true }],
    ['dates', { createdAt: '2026-01-01T00:00:00.000Z' }],
    ['a nested user', { user: newUser() }],
    ...['', 'no-address', 'a@', '@a.example', 'a b@a.example', 'a@b@c.example', 7, null].map(
      (email): [string, object] => [`the address ${String(email)}`, { email }],
    ),
    ...['"\u0001\u001b[31m"@a.example', '"a\nb"@a.example', '"a b"@a.example', 'a\u202eb@a.example'].map(
      (email): [string, object] => [`the address ${JSON.stringify(email)}`, { email }],
    ),
    ...['email', 'name', 'password'].map((member): [string, object] => [
      `a lone surrogate in ${member}`,
      { [member]: '\ud800half-canary@a.example' },
    ]),
    ['an address of more than 255 characters', { email: `${'x'.repeat(250)}@a.example` }],
    ...['', 'shortcanary', 'password1234', 'PassWord1234', 'aaaaaaaaaaaaaaa', 12_345_678_901_234, null].map(
      (password): [string, object] => [`the password ${String(password)}`, { password }],
    ),
    ['a password of 1400 characters', { password: 'canary-'.repeat(200) }],
    ['an empty name', { name: '' }],
    ['control characters in the name', { name: 'a\nb' }],
    ['an unknown role', { role: 'root' }],
    ['a weak second factor', { totpSecret: 'JBSWY3DP' }],
    ['a second factor that is not Base32', { totpSecret: 'jbswy3dpehpk3pxp!' }],
    ['an identity without a subject', { identity: { issuer: 'https://id.acme.example' } }],
    [
      'an unknown member in the identity',
      { identity: { issuer: 'https://i.example', subject: 's', email: 'x' } },
    ],
    [
      'an issuer that is too long',
      { identity: { issuer: `https://i.example/${'x'.repeat(600)}`, subject: '\u{1f600}'.repeat(255) } },
    ],
    ['an issuer that is not a URL', { identity: { issuer: 'acme', subject: 's' } }],
    ['an unknown tenant', { memberships: [{ tenant: 'nowhere', role: 'viewer' }] }],
    [
      'an unknown tenant beside a known one',
      {
        memberships: [
          { tenant: 'acme', role: 'editor' },
          { tenant: 'x', role: 'viewer' },
        ],
      },
    ],
    ['an unknown role for a tenant', { memberships: [{ tenant: 'acme', role: 'admin' }] }],
    [
      'a repeated tenant',
      {
        memberships: [
          { tenant: 'acme', role: 'editor' },
          { tenant: 'acme', role: 'viewer' },
        ],
      },
    ],
    ['an unknown member in a membership', { memberships: [{ tenant: 'acme', role: 'viewer', id: 1 }] }],
    ['memberships that are not an array', { memberships: { tenant: 'acme', role: 'viewer' } }],
  ];

  it.each(details)('a user with %s is not created', async (_, wrong) => {
    const before = await entriesOf(admin, USERS);
    expectProblem(await admin.post(USERS, { ...newUser(), ...wrong }), 400, 'bff_invalid_input');
    expect(await entriesOf(admin, USERS)).toEqual(before);
  });

  it.each(details)('a user is not changed by a body with %s', async (_, wrong) => {
    const before = await read();
    expectProblem(await patch({ name: 'Changed', ...wrong }), 400, 'bff_invalid_input');
    expect(await read()).toEqual(before);
    await bff.signedIn(user);
  });

  it.each([{ disabled: 'true' }, { disabled: 1 }, { disabled: null }, []])(
    'a user is not disabled by the invalid body %j',
    async (body) => {
      expectProblem(await patch(body), 400, 'bff_invalid_input');
      expect((await read()).disabled).toBe(false);
    },
  );
});

describe('the end of sessions at the next request', () => {
  it('the sessions of a disabled user end and remain ended when the user is enabled again', async () => {
    const browsers = [await bff.signedIn(user), await bff.signedIn(user, 'admin')];
    expect((await patch({ disabled: true })).json).toMatchObject({ id, disabled: true });
    for (const browser of browsers) await expectEnded(browser);
    await expectNoSignIn(user.email, user.password);
    expect((await patch({ disabled: false })).json).toMatchObject({ id, disabled: false });
    for (const browser of browsers) await expectEnded(browser);
    await bff.signedIn(user);
  });

  it('a new password ends the sessions of the user and replaces the old password', async () => {
    const browser = await bff.signedIn(user);
    const password = 'another-canary-password';
    expect((await patch({ password })).status).toBe(200);
    await expectEnded(browser);
    await expectNoSignIn(user.email, user.password);
    await bff.signedIn({ ...user, password });
  });

  it('the sessions of other users continue', async () => {
    const other = await bff.signedIn(the.viewer);
    await patch({ disabled: true });
    expect((await other.get('/session')).status).toBe(200);
  });
});

describe('the end of an elevation at the next request', () => {
  it('an elevation ends when the admin role is removed, and is not restored with the role (ELV-05)', async () => {
    const second = await administrating(bff, deputy);
    const { id: deputyId } = await userOf(admin, deputy.email);
    expect((await patch({ role: 'user' }, deputyId)).status).toBe(200);
    expectProblem(await second.get(USERS), 403, 'bff_role_required');
    expectProblem(await second.patch(`${USERS}/${id}`, { name: 'X' }), 403, 'bff_role_required');
    expect((await patch({ role: 'admin' }, deputyId)).status).toBe(200);
    expect((await second.get(USERS)).status).toBe(200);
    expectProblem(await second.patch(`${USERS}/${id}`, { name: 'X' }), 403, 'bff_elevation_required');
    expect((await read()).name).toBe(user.name);
  });

  it('a new second factor ends the elevation of an admin and replaces the old codes', async () => {
    const second = await administrating(bff, deputy);
    const { id: deputyId } = await userOf(admin, deputy.email);
    const totpSecret = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';
    expect((await patch({ totpSecret }, deputyId)).status).toBe(200);
    expectProblem(await second.patch(`${USERS}/${id}`, { name: 'X' }), 403, 'bff_elevation_required');
    bff.turnClock(30_000);
    const old = { code: codeAt(bff.now(), 0, deputy.totpSecret), reason: REASON };
    expectProblem(await second.post('/session/elevation', old), 403, 'bff_elevation_refused');
    await administrating(bff, { ...deputy, totpSecret });
    expect((await patch({ totpSecret: deputy.totpSecret }, deputyId)).status).toBe(200);
  });
});

describe('the last admin', () => {
  it.each<[string, (of: string) => Promise<Answer>]>([
    ['demoted', (of) => patch({ role: 'user' }, of)],
    ['disabled', (of) => patch({ disabled: true, name: 'Changed' }, of)],
    ['deleted', (of) => admin.delete(`${USERS}/${of}`)],
  ])('the last active admin cannot be %s', async (_, remove) => {
    const admins = (await entriesOf<UserRecord>(admin, USERS)).filter(({ role }) => role === 'admin');
    const last = admins.find(({ email }) => email === the.admin.email)?.id ?? '';
    const others = admins.filter((other) => other.id !== last);
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) expect((await patch({ disabled: true }, other.id)).status).toBe(200);
    const before = await read(last);
    expectProblem(await remove(last), 409, 'bff_conflict');
    expect(await read(last)).toEqual(before);
    expect((await patch({ role: 'admin', disabled: false }, last)).status).toBe(200);
    for (const other of others) expect((await patch({ disabled: false }, other.id)).status).toBe(200);
  });

  it.each<[string, object | null]>([
    ['demote', { role: 'user' }],
    ['disable', { disabled: true }],
    ['delete', null],
  ])('one active admin remains when two admins concurrently %s each other', async (_, changes) => {
    const allUsers = await entriesOf<UserRecord>(admin, USERS);
    const pair = [the.admin.email, deputy.email];
    for (const { id: of, email, role } of allUsers) {
      if (role === 'admin' && !pair.includes(email)) await patch({ role: 'user' }, of);
    }
    const second = await administrating(bff, deputy);
    const [first, other] = await Promise.all(pair.map((email) => userOf(admin, email)));
    const end = (browser: Browser, of = ''): Promise<Answer> =>
      changes === null ? browser.delete(`${USERS}/${of}`) : browser.patch(`${USERS}/${of}`, changes);
    const answers = await Promise.all([end(admin, other?.id), end(second, first?.id)]);
    const [won, lost] = answers.map(({ status }) => status).sort();
    expect(won).toBe(changes === null ? 204 : 200);
    expect([401, 403, 409]).toContain(lost);

    const [survivor, gone] = answers[0].status === won ? [admin, other] : [second, first];
    const left = await entriesOf<UserRecord>(survivor, USERS);
    expect(left.filter(({ role, disabled }) => role === 'admin' && !disabled)).toHaveLength(1);
    if (changes === null) await bff.apply({ users: [the.admin, deputy] });
    else await survivor.patch(`${USERS}/${gone?.id}`, { role: 'admin', disabled: false });
    admin = await administrating(bff);
  });
});
