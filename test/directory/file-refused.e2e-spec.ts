import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AppliedFiles, newIdentity, production, user } from '../support/applied-files.js';
import { the } from '../support/the.js';

let files: AppliedFiles;
beforeAll(async () => {
  files = await AppliedFiles.start();
});
afterAll(() => files.bff.close());

const { acme, harbour, editor, viewer, admin } = the;
const identity = newIdentity();

/** A file with a valid new tenant and invalid records. */
const withValidTenant = (list: 'tenants' | 'users' | 'adminCredentials', ...invalid: object[]): object => {
  const newcomer = { ...acme, id: 'newcomer', projectId: 'project-of-newcomer' };
  return list === 'tenants' ? { tenants: [newcomer, ...invalid] } : { tenants: [newcomer], [list]: invalid };
};

async function expectRejected(document: object, expected: readonly string[]): Promise<void> {
  expect(await files.places(document)).toEqual([...expected].sort());
  expect(await files.isKnownTenant('newcomer')).toBe(false);
}

describe('a directory file', () => {
  beforeAll(async () => {
    await files.restore();
    expect(await files.isKnownTenant('acme')).toBe(true);
  });
  // A file that is accepted unexpectedly must fail only its own test.
  afterEach(async () => {
    if (await files.isKnownTenant('newcomer')) await files.restore();
  });
  afterAll(async () => {
    expect(await files.changes(the.directory, { prune: true })).toEqual({});
  });

  it.each<[name: string, users: readonly object[]]>([
    ['without other users', [{ email: admin.email, role: 'user' }]],
    ['with another user', [{ email: editor.email }, { email: admin.email.toUpperCase(), role: 'user' }]],
    [
      'with a new user',
      [
        { email: admin.email, role: 'user' },
        { ...user, role: 'user' },
      ],
    ],
  ])('is rejected if it demotes the last admin: %s', async (_, users) => {
    const index = users.findIndex((entry) => /^admin/i.test((entry as { email: string }).email));
    await expectRejected({ ...withValidTenant('tenants'), users }, [`users[${index}].role`]);
  });

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
    await expectRejected(document, [place]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__', 'Name', 'disabled'])(
    'is rejected for an unknown member with the name %s',
    async (name) => {
      const tenant = JSON.parse(JSON.stringify(acme).replace('{', `{"${name}":"x",`)) as object;
      await expectRejected(withValidTenant('tenants', tenant), [`tenants[1].${name}`]);
    },
  );

  it.each<[name: string, document: object, place: string]>([
    [
      'the id of a tenant',
      withValidTenant(
        'tenants',
        { ...acme, id: 'other', projectId: 'p' },
        { ...acme, id: 'other', projectId: 'q' },
      ),
      'tenants[2].id',
    ],
    [
      'an e-mail address in other case',
      withValidTenant('users', user, { ...user, email: 'NEW@Acme.Example' }),
      'users[1].email',
    ],
    [
      'the project of an environment, in the file',
      withValidTenant('tenants', { ...acme, id: 'other', projectId: 'project-of-newcomer' }),
      'tenants[1].projectId',
    ],
    [
      'the project of an environment, in the directory',
      withValidTenant('tenants', { ...acme, id: 'other', credentials: undefined }),
      'tenants[1].projectId',
    ],
    [
      'the project of a new environment of a tenant',
      withValidTenant(
        'tenants',
        { id: 'bare', projectId: acme.projectId },
        { id: 'bare-2', name: 'B', projectId: 'p', environment: 'staging', plane: 'public' },
        { id: 'harbour', environment: 'production', projectId: acme.projectId },
      ),
      'tenants[3].projectId',
    ],
    [
      'an identity, in the file',
      withValidTenant('users', { ...user, identity }, { ...user, email: 'other@acme.example', identity }),
      'users[1].identity',
    ],
    [
      'the environment of admin credentials',
      withValidTenant('adminCredentials', production, { ...production, keyId: 'other' }),
      'adminCredentials[1].environment',
    ],
    [
      'a membership',
      withValidTenant('users', {
        ...user,
        memberships: [
          { tenant: 'acme', role: 'viewer' },
          { tenant: 'acme', role: 'editor' },
        ],
      }),
      'users[0].memberships[1].tenant',
    ],
  ])('is rejected if it duplicates %s', async (_, document, place) => {
    await expectRejected(document, [place]);
  });

  it('is rejected if it duplicates an identity, in the directory', async () => {
    const taken = newIdentity();
    await files.report({ users: [{ email: viewer.email, identity: taken }] });
    await expectRejected(withValidTenant('users', { ...user, identity: taken }), ['users[0].identity']);
  });

  it('can have the same project in another environment', async () => {
    const document = { tenants: [{ ...acme, id: 'other', environment: 'staging' }] };
    expect(await files.changes(document, { dryRun: true })).toEqual({
      'tenant other': 'created',
      'credentials of other': 'created',
    });
  });

  it('is rejected for a membership in a tenant that is neither in the file nor in the directory', async () => {
    const memberships = [
      { tenant: 'newcomer', role: 'viewer' },
      { tenant: 'acme', role: 'viewer' },
      { tenant: 'nowhere', role: 'viewer' },
    ];
    await expectRejected(withValidTenant('users', { ...user, memberships }), [
      'users[0].memberships[2].tenant',
    ]);
  });

  it('is rejected for a membership in a tenant that it removes', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    const document = withValidTenant('users', { ...user, memberships });
    expect(await files.places(document, { prune: true })).toEqual(['users[0].memberships[0].tenant']);
  });

  it('can refer to a tenant that is only in the directory, with and without --prune', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    for (const prune of [false, true]) {
      const outcomes = await files.report({ users: [{ ...user, memberships }] }, { dryRun: true, prune });
      expect(outcomes['membership of new@acme.example in acme']).toBe('created');
    }
  });

  it.each(['name', 'projectId', 'environment', 'plane'])(
    'is rejected for a new tenant without %s',
    async (member) => {
      await expectRejected(
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
    expect([...new Set(await files.places(document))]).toEqual(expected);
    expect(await files.isKnownTenant('newcomer')).toBe(false);
  });

  it.each<[name: string, tenant: object]>([
    ['a new tenant', { ...acme, id: 'other', projectId: 'p', plane: 'admin' }],
    ['a tenant that moves to this plane', { ...acme, plane: 'admin' }],
    ['an existing tenant of this plane', { id: 'summit', credentials: acme.credentials }],
  ])('is rejected for tenant credentials on the admin plane: %s', async (_, tenant) => {
    await expectRejected(withValidTenant('tenants', tenant), ['tenants[1].credentials']);
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
    const found = await files.places(document);
    expect(found).not.toEqual([]);
    expect(found.filter((it) => !it.startsWith(place))).toEqual([]);
  });

  it('is rejected if it is a list', async () => {
    expect(await files.problems([acme])).toHaveLength(1);
  });

  it('is rejected without a repetition of an invalid secret (LOG-10, CRD-04)', async () => {
    const secret = 'canary\u0000secret';
    const document = {
      tenants: [{ ...acme, credentials: { ...acme.credentials, keySecret: secret } }],
      users: [{ ...editor, password: ['canary'], totpSecret: 'canary' }],
      adminCredentials: [{ ...production, keySecret: secret }],
    };
    expect((await files.problems(document)).join()).not.toContain('canary');
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
    expect(await files.places(document)).toEqual([
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

  it('is rejected with every problem between records, each with its place', async () => {
    const document = {
      tenants: [{ id: 'acme' }, { id: 'acme' }, { id: 'other', name: 'Other' }],
      users: [
        { ...user, memberships: [{ tenant: 'nowhere', role: 'viewer' }] },
        { ...user, memberships: [{ tenant: 'elsewhere', role: 'viewer' }] },
      ],
      adminCredentials: [production, production],
    };
    expect(new Set(await files.places(document))).toEqual(
      new Set([
        'adminCredentials[1].environment',
        'tenants[1].id',
        'tenants[1].projectId',
        'tenants[2].environment',
        'tenants[2].plane',
        'tenants[2].projectId',
        'users[0].memberships[0].tenant',
        'users[1].email',
        'users[1].memberships[0].tenant',
      ]),
    );
  });

  it('is rejected with problems within and between records at once (docs/contract.md section 7)', async () => {
    const document = {
      tenants: [
        { id: 'acme', colour: 'red' },
        { id: 'acme', name: 'Twice' },
      ],
      users: [{ ...user, memberships: [{ tenant: 'nowhere', role: 'viewer' }] }],
    };
    expect(await files.places(document)).toEqual(
      expect.arrayContaining(['tenants[0].colour', 'tenants[1].id', 'users[0].memberships[0].tenant']),
    );
  });
});
