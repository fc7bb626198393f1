import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, type UserRecord } from '../support/administering.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { USERS, UsersFixture } from './users-fixture.js';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;

let fixture: UsersFixture;
beforeAll(async () => {
  fixture = await UsersFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createUser());

describe('a user', () => {
  it('a user is created and read with the given values, without password and second factor', async () => {
    const body = { ...fixture.newUser(), role: 'admin', totpSecret: deputy.totpSecret };
    const created = await fixture.admin.post(USERS, body);
    expect(created.status).toBe(201);
    expectNoSecrets(created);
    const { email, name, memberships } = body;
    const record = { id: UUID, email, name, memberships, role: 'admin', disabled: false, identity: null };
    const facts = { hasPassword: true, hasSecondFactor: true, createdAt: ISO, updatedAt: ISO };
    expect(created.json).toEqual({ ...record, ...facts });
    expect(await fixture.read((created.json as UserRecord).id)).toEqual(created.json);
    await administrating(fixture.bff, { ...body, totpSecret: deputy.totpSecret });
  });

  it('a user without a given role and memberships has the role user and no memberships', async () => {
    const created = await fixture.admin.post(USERS, {
      email: `bare-${fixture.id}@acme.example`,
      name: 'Bare',
    });
    const record = { role: 'user', memberships: [], hasPassword: false, hasSecondFactor: false };
    expect(created.json).toMatchObject(record);
  });

  it.each([1, 3, 100])('the list in pages of %s has each user once', async (size) => {
    const found = await entriesOf<UserRecord>(fixture.admin, USERS, size);
    expect(found).toContainEqual(await fixture.read());
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
    const before = await fixture.read();
    const answer = await fixture.patch(changes);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      ...before,
      ...changes,
      updatedAt: (answer.json as UserRecord).updatedAt,
    });
    expect(await fixture.read()).toEqual(answer.json);
  });

  it('a user with a new address signs in only with it, and live sessions continue', async () => {
    const browser = await fixture.bff.signedIn(fixture.user);
    const email = `renamed-${fixture.id}@acme.example`;
    expect((await fixture.patch({ email })).status).toBe(200);
    expect((await browser.get('/session')).json).toMatchObject({ user: { email } });
    await fixture.expectNoSignIn(fixture.user.email, fixture.user.password);
    await fixture.bff.signedIn({ ...fixture.user, email });
  });

  it('PATCH adds memberships to the existing ones, and they take effect at the next request', async () => {
    const browser = await fixture.bff.signedIn(fixture.user);
    const memberships = [
      { tenant: 'orchard', role: 'editor' },
      { tenant: 'acme', role: 'editor' },
    ];
    expect((await fixture.patch({ memberships: memberships.slice(0, 1) })).status).toBe(200);
    expect((await fixture.read()).memberships).toEqual([{ tenant: 'acme', role: 'viewer' }, memberships[0]]);
    expect((await fixture.patch({ memberships })).status).toBe(200);
    expect((await browser.get('/session')).json).toMatchObject({
      tenants: [
        { id: 'acme', role: 'editor' },
        { id: 'orchard', role: 'editor' },
      ],
    });
    expect((await fixture.patch({ memberships: [] })).status).toBe(200);
    expect((await fixture.read()).memberships).toHaveLength(2);
  });

  it('a deleted user loses sessions and memberships', async () => {
    const browser = await fixture.bff.signedIn(fixture.user);
    expect((await fixture.admin.delete(`${USERS}/${fixture.id}`)).status).toBe(204);
    await fixture.expectEnded(browser);
    await fixture.expectNoSignIn(fixture.user.email, fixture.user.password);
    expectProblem(await fixture.admin.get(`${USERS}/${fixture.id}`), 404, 'bff_not_found');
    expectProblem(await fixture.admin.delete(`${USERS}/${fixture.id}`), 404, 'bff_not_found');
    const members = await entriesOf<{ userId: string }>(fixture.admin, '/v1/admin/tenants/acme/members');
    expect(members.map(({ userId }) => userId)).not.toContain(fixture.id);
    const again = await fixture.admin.post(USERS, fixture.user);
    expect(again.status).toBe(201);
    expect((again.json as UserRecord).id).not.toBe(fixture.id);
    await fixture.expectEnded(browser);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'no-uuid', '1', '__proto__', 'x'.repeat(300)])(
    'the unknown user id %s is rejected with bff_not_found',
    async (unknown) => {
      const path = `${USERS}/${unknown}`;
      expectProblem(await fixture.admin.get(path), 404, 'bff_not_found');
      expectProblem(await fixture.admin.patch(path, { name: 'Nobody' }), 404, 'bff_not_found');
      expectProblem(await fixture.admin.delete(path), 404, 'bff_not_found');
    },
  );
});

describe('the unique address and identity of a user', () => {
  it.each<[string, (email: string) => string]>([
    ['in the same case', (email) => email],
    ['in upper case', (email) => email.toUpperCase()],
  ])('the address of another user is rejected %s', async (_, written) => {
    const before = await entriesOf(fixture.admin, USERS);
    const taken = { email: written(the.editor.email) };
    expectProblem(await fixture.admin.post(USERS, { ...fixture.newUser(), ...taken }), 409, 'bff_conflict');
    expectProblem(await fixture.patch({ ...taken, name: 'Impostor' }), 409, 'bff_conflict');
    expect(await entriesOf(fixture.admin, USERS)).toEqual(before);
    expect((await fixture.patch({ email: written(fixture.user.email) })).status).toBe(200);
  });

  it('an identity of a provider cannot be given to two users', async () => {
    const identity = { issuer: 'https://id.acme.example', subject: `subject-${fixture.id}` };
    const known = await fixture.admin.post(USERS, {
      email: `oidc-${fixture.id}@acme.example`,
      name: 'Known',
      identity,
    });
    expect(known.json).toMatchObject({ identity, hasPassword: false });
    await fixture.expectNoSignIn(`oidc-${fixture.id}@acme.example`, 'a canary password');
    expectProblem(await fixture.admin.post(USERS, { ...fixture.newUser(), identity }), 409, 'bff_conflict');
    expectProblem(await fixture.patch({ identity }), 409, 'bff_conflict');
    expect((await fixture.patch({ identity: { ...identity, issuer: 'https://other.example' } })).status).toBe(
      200,
    );
  });

  it('concurrent creations with the same address create one user', async () => {
    const second = await administrating(fixture.bff, deputy);
    const body = fixture.newUser();
    const inUpperCase = { ...body, email: body.email.toUpperCase() };
    const both = await Promise.all([fixture.admin.post(USERS, body), second.post(USERS, inUpperCase)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});
