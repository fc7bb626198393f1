import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { entriesOf } from '../support/administering.js';
import { expectProblem } from '../support/forwarding.js';
import { USERS, UsersFixture } from './users-fixture.js';

let fixture: UsersFixture;
beforeAll(async () => {
  fixture = await UsersFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createUser());

describe('a rejected request for a user', () => {
  const details: [string, object][] = [
    ['an id', { id: '00000000-0000-4000-8000-000000000000' }],
    ['a password hash', { passwordHash: 'x' }],
    ['a read-only member', { hasPassword: true }],
    ['dates', { createdAt: '2026-01-01T00:00:00.000Z' }],
    [
      'a nested user',
      { user: { email: 'nested@acme.example', name: 'Nested', password: 'nested-canary-password' } },
    ],
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
    const before = await entriesOf(fixture.admin, USERS);
    expectProblem(
      await fixture.admin.post(USERS, { ...fixture.newUser(), ...wrong }),
      400,
      'bff_invalid_input',
    );
    expect(await entriesOf(fixture.admin, USERS)).toEqual(before);
  });

  it.each(details)('a user is not changed by a body with %s', async (_, wrong) => {
    const before = await fixture.read();
    expectProblem(await fixture.patch({ name: 'Changed', ...wrong }), 400, 'bff_invalid_input');
    expect(await fixture.read()).toEqual(before);
    await fixture.bff.signedIn(fixture.user);
  });

  it.each([{ disabled: 'true' }, { disabled: 1 }, { disabled: null }, []])(
    'a user is not disabled by the invalid body %j',
    async (body) => {
      expectProblem(await fixture.patch(body), 400, 'bff_invalid_input');
      expect((await fixture.read()).disabled).toBe(false);
    },
  );
});
