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

const { acme, editor, viewer, admin } = the;
const identity = newIdentity();

describe('a directory file', () => {
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
    await files.expectRejected({ ...withValidTenant('tenants'), users }, [`users[${index}].role`]);
  });

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
    await files.expectRejected(document, [place]);
  });

  it('is rejected if it duplicates an identity, in the directory', async () => {
    const taken = newIdentity();
    await files.applied.report({ users: [{ email: viewer.email, identity: taken }] });
    await files.expectRejected(withValidTenant('users', { ...user, identity: taken }), ['users[0].identity']);
  });

  it('can have the same project in another environment', async () => {
    const document = { tenants: [{ ...acme, id: 'other', environment: 'staging' }] };
    expect(await files.applied.changes(document, { dryRun: true })).toEqual({
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
    await files.expectRejected(withValidTenant('users', { ...user, memberships }), [
      'users[0].memberships[2].tenant',
    ]);
  });

  it('is rejected for a membership in a tenant that it removes', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    const document = withValidTenant('users', { ...user, memberships });
    expect(await files.applied.places(document, { prune: true })).toEqual(['users[0].memberships[0].tenant']);
  });

  it('can refer to a tenant that is only in the directory, with and without --prune', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    for (const prune of [false, true]) {
      const outcomes = await files.applied.report(
        { users: [{ ...user, memberships }] },
        { dryRun: true, prune },
      );
      expect(outcomes['membership of new@acme.example in acme']).toBe('created');
    }
  });

  it.each<[name: string, tenant: object]>([
    ['a new tenant', { ...acme, id: 'other', projectId: 'p', plane: 'admin' }],
    ['a tenant that moves to this plane', { ...acme, plane: 'admin' }],
    ['an existing tenant of this plane', { id: 'summit', credentials: acme.credentials }],
  ])('is rejected for tenant credentials on the admin plane: %s', async (_, tenant) => {
    await files.expectRejected(withValidTenant('tenants', tenant), ['tenants[1].credentials']);
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
    expect(new Set(await files.applied.places(document))).toEqual(
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
    expect(await files.applied.places(document)).toEqual(
      expect.arrayContaining(['tenants[0].colour', 'tenants[1].id', 'users[0].memberships[0].tenant']),
    );
  });
});
