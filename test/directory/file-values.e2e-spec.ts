import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newIdentity, production, user } from '../support/applied-files.js';
import { the } from '../support/the.js';
import { RejectedFiles, withValidTenant } from './rejected-files.js';

let files: RejectedFiles;
beforeAll(async () => {
  files = await RejectedFiles.start();
});
afterEach(() => files.restore());
afterAll(() => files.close());

const { acme, harbour, editor } = the;
const identity = newIdentity();

describe('a directory file', () => {
  it.each<[record: string, document: object, place: string]>([
    ['the file', { ...withValidTenant('tenants'), colour: 'red' }, 'colour'],
    ['a tenant', withValidTenant('tenants', { ...acme, colour: 'red' }), 'tenants[1].colour'],
    [
      'credentials',
      withValidTenant('tenants', { ...acme, credentials: { ...acme.credentials, colour: 'red' } }),
      'tenants[1].credentials.colour',
    ],
    ['a user', withValidTenant('users', { ...user, colour: 'red' }), 'users[0].colour'],
    [
      'an identity',
      withValidTenant('users', { ...user, identity: { ...identity, colour: 'red' } }),
      'users[0].identity.colour',
    ],
    [
      'a membership',
      withValidTenant('users', { ...user, memberships: [{ tenant: 'acme', role: 'viewer', colour: 'red' }] }),
      'users[0].memberships[0].colour',
    ],
    [
      'admin credentials',
      withValidTenant('adminCredentials', { ...production, colour: 'red' }),
      'adminCredentials[0].colour',
    ],
    [
      'admin credentials: scheme',
      withValidTenant('adminCredentials', { ...production, scheme: 'basic' }),
      'adminCredentials[0].scheme',
    ],
  ])('is rejected for an unknown member of %s', async (_, document, place) => {
    await files.expectRejected(document, [place]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__', 'Name', 'disabled'])(
    'is rejected for an unknown member with the name %s',
    async (name) => {
      const tenant = JSON.parse(JSON.stringify(acme).replace('{', `{"${name}":"x",`)) as object;
      await files.expectRejected(withValidTenant('tenants', tenant), [`tenants[1].${name}`]);
    },
  );

  it.each(['name', 'projectId', 'environment', 'plane'])(
    'is rejected for a new tenant without %s',
    async (member) => {
      await files.expectRejected(
        withValidTenant('tenants', { ...acme, id: 'other', projectId: 'p', [member]: undefined }),
        [`tenants[1].${member}`],
      );
    },
  );

  it.each<[name: string, document: object, expected: string[]]>([
    [
      'a new tenant with only an id',
      withValidTenant('tenants', { id: 'other' }),
      ['environment', 'name', 'plane', 'projectId'].map((member) => `tenants[1].${member}`),
    ],
    ['a tenant without an id', withValidTenant('tenants', { name: 'Nameless' }), ['tenants[1].id']],
    ['a new user without a name', withValidTenant('users', { email: user.email }), ['users[0].name']],
    ['a user without an e-mail address', withValidTenant('users', { name: 'New' }), ['users[0].email']],
    [
      'credentials without a secret',
      withValidTenant('tenants', { ...acme, credentials: { ...acme.credentials, keySecret: undefined } }),
      ['tenants[1].credentials.keySecret'],
    ],
    [
      'credentials without a scheme',
      withValidTenant('tenants', { ...acme, credentials: { ...acme.credentials, scheme: undefined } }),
      ['tenants[1].credentials.scheme'],
    ],
    [
      'admin credentials without a secret',
      withValidTenant('adminCredentials', { environment: 'production', keyId: 'k' }),
      ['adminCredentials[0].keySecret'],
    ],
    [
      'a membership without a role',
      withValidTenant('users', { ...user, memberships: [{ tenant: 'acme' }] }),
      ['users[0].memberships[0].role'],
    ],
    [
      'an identity without a subject',
      withValidTenant('users', { ...user, identity: { issuer: identity.issuer } }),
      ['users[0].identity.subject'],
    ],
  ])('is rejected for %s', async (_, document, expected) => {
    expect([...new Set(await files.applied.places(document))]).toEqual(expected);
    expect(await files.applied.isKnownTenant('newcomer')).toBe(false);
  });

  it.each<[name: string, document: object, place: string]>([
    ['a list that is a text', { tenants: 'acme' }, 'tenants'],
    ['a list that is an object', { tenants: { acme } }, 'tenants'],
    ['a list that is null', { users: null }, 'users'],
    ['a null among tenants', { tenants: [null] }, 'tenants[0]'],
    ['a text among users', { users: [editor, 'editor@acme.example'] }, 'users[1]'],
    ['a list among tenants', { tenants: [[acme]] }, 'tenants[0]'],
    ['a number as a name', { tenants: [{ ...acme, name: 7 }] }, 'tenants[0].name'],
    ['a null as a name', { tenants: [{ ...acme, name: null }] }, 'tenants[0].name'],
    ['credentials that are null', { tenants: [{ ...acme, credentials: null }] }, 'tenants[0].credentials'],
    ['credentials that are a list', { tenants: [{ ...acme, credentials: [] }] }, 'tenants[0].credentials'],
    [
      'a secret that is an object',
      { tenants: [{ ...acme, credentials: { ...acme.credentials, keySecret: {} } }] },
      'tenants[0].credentials.keySecret',
    ],
    ['a password that is a number', { users: [{ ...editor, password: 123 }] }, 'users[0].password'],
    ['an empty password', { users: [{ ...editor, password: '' }] }, 'users[0].password'],
    ['an identity that is a text', { users: [{ ...editor, identity: 'me' }] }, 'users[0].identity'],
    ['memberships that are an object', { users: [{ ...editor, memberships: {} }] }, 'users[0].memberships'],
    ['a null among memberships', { users: [{ ...editor, memberships: [null] }] }, 'users[0].memberships[0]'],
    ['an id with capitals', { tenants: [{ ...acme, id: 'Acme' }] }, 'tenants[0].id'],
    ['an id of 64 characters', { tenants: [{ ...acme, id: 'a'.repeat(64) }] }, 'tenants[0].id'],
    ['an id with a line break', { tenants: [{ ...acme, id: 'acme\n' }] }, 'tenants[0].id'],
    ['an unknown environment', { tenants: [{ ...acme, environment: 'test' }] }, 'tenants[0].environment'],
    ['an unknown plane', { tenants: [{ ...acme, plane: 'internal' }] }, 'tenants[0].plane'],
    ['a project with a slash', { tenants: [{ ...acme, projectId: 'a/../b' }] }, 'tenants[0].projectId'],
    [
      'an unknown scheme',
      { tenants: [{ ...acme, credentials: { ...acme.credentials, scheme: 'digest' } }] },
      'tenants[0].credentials.scheme',
    ],
    ['an invalid e-mail address', { users: [{ ...editor, email: 'editor' }] }, 'users[0].email'],
    ['an unknown global role', { users: [{ ...editor, role: 'root' }] }, 'users[0].role'],
    [
      'an unknown role in a tenant',
      { users: [{ ...editor, memberships: [{ tenant: 'acme', role: 'owner' }] }] },
      'users[0].memberships[0].role',
    ],
    ['a second factor in hex', { users: [{ ...editor, totpSecret: 'deadbeef' }] }, 'users[0].totpSecret'],
  ])('is rejected for an invalid value: %s', async (_, document, place) => {
    const found = await files.applied.places(document);
    expect(found).not.toEqual([]);
    expect(found.filter((it) => !it.startsWith(place))).toEqual([]);
  });

  it('is rejected if it is a list', async () => {
    expect(await files.applied.problems([acme])).toHaveLength(1);
  });

  it('is rejected without a repetition of an invalid secret (LOG-10, CRD-04)', async () => {
    const secret = 'canary\u0000secret';
    const document = {
      tenants: [{ ...acme, credentials: { ...acme.credentials, keySecret: secret } }],
      users: [{ ...editor, password: ['canary'], totpSecret: 'canary' }],
      adminCredentials: [{ ...production, keySecret: secret }],
    };
    expect((await files.applied.problems(document)).join()).not.toContain('canary');
  });

  it('is rejected with every problem within records, each with its place', async () => {
    const document = {
      tenants: [
        { ...acme, id: 'Bad Id', plane: 'both' },
        { ...harbour, colour: 'red', credentials: { scheme: 'basic' } },
      ],
      users: [{ email: 'nobody', memberships: [{ tenant: 'acme', role: 'owner' }] }],
      adminCredentials: [{ environment: 'test', keyId: 'k', keySecret: 's' }],
    };
    expect(await files.applied.places(document)).toEqual([
      'adminCredentials[0].environment',
      'tenants[0].id',
      'tenants[0].plane',
      'tenants[1].colour',
      'tenants[1].credentials.keyId',
      'tenants[1].credentials.keySecret',
      'users[0].email',
      'users[0].memberships[0].role',
    ]);
  });
});
