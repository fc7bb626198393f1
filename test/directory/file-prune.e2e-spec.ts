import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AppliedFiles, newIdentity, production, user } from '../support/applied-files.js';
import { the } from '../support/the.js';

let files: AppliedFiles;
beforeAll(async () => {
  files = await AppliedFiles.start();
});
afterAll(() => files.bff.close());

const { acme, editor, viewer, partner, admin } = the;

describe('--prune', () => {
  beforeEach(() => files.restore());

  it('is required for a file to remove records', async () => {
    await files.report({ tenants: [acme], users: [admin], adminCredentials: [] });
    expect(await files.changes(the.directory)).toEqual({});
  });

  it.each<[list: string, document: object, removed: string[]]>([
    [
      'tenants',
      { tenants: [{ id: 'acme' }, { id: 'harbour' }, { id: 'lantern' }, { id: 'orchard' }] },
      ['tenant bare', 'tenant summit'],
    ],
    ['users', { users: [editor, viewer, { email: admin.email }] }, ['user partner@orchard.example']],
    [
      'adminCredentials',
      { adminCredentials: [production] },
      ['admin credentials of staging', 'admin credentials of staging-dev'],
    ],
    [
      'memberships of a user',
      {
        users: [
          { email: editor.email, memberships: [{ tenant: 'acme', role: 'editor' }] },
          viewer,
          partner,
          admin,
        ],
      },
      ['bare', 'harbour', 'lantern'].map((tenant) => `membership of editor@acme.example in ${tenant}`),
    ],
    ['no list', {}, []],
  ])('removes records only from lists in the file: %s', async (_, document, removed) => {
    const expected = Object.fromEntries(removed.map((record) => [record, 'removed']));
    expect(await files.changes(document, { prune: true, dryRun: true })).toEqual(expected);
    expect(await files.changes(document, { prune: true })).toEqual(expected);
    expect(await files.changes(document, { prune: true })).toEqual({});
  });

  it('removes the memberships of a removed tenant and the sessions of a removed user (SES-20)', async () => {
    const [editorsBrowser, partnersBrowser] = [
      await files.bff.signedIn(editor),
      await files.bff.signedIn(partner),
    ];
    await files.report(
      { tenants: [{ id: 'acme' }], users: [editor, admin].map(({ email }) => ({ email })) },
      { prune: true },
    );
    expect((await editorsBrowser.get('/v1/tenants/harbour/whatsapp')).status).toBe(404);
    expect((await editorsBrowser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect((await partnersBrowser.get('/session')).status).toBe(401);
  });

  it('removes a membership with effect from the next request (AZT-13)', async () => {
    const browser = await files.bff.signedIn(editor);
    const users = [{ email: editor.email, memberships: [] }, { email: admin.email }];
    await files.report({ users }, { prune: true });
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(404);
  });

  it.each<[name: string, users: object[]]>([
    ['no users', []],
    ['other users', [{ email: editor.email }]],
    ['a new user', [user]],
  ])('does not remove the last admin for a file with %s', async (_, users) => {
    const lines = await files.report({ users }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
    await files.bff.browser().signIn(admin);
  });

  it('keeps one of two admins if the file contains neither', async () => {
    await files.report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await files.report({ users: [{ email: viewer.email }] }, { prune: true });
    const admins = [lines['user admin@bff.example'], lines['user editor@acme.example']];
    expect(admins.filter((outcome) => outcome === 'removed')).toHaveLength(1);
  });

  it('keeps an admin if the file demotes the only other one', async () => {
    await files.report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await files.report({ users: [{ email: editor.email, role: 'user' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
  });

  it('removes the previous admin if the file creates another', async () => {
    const lines = await files.report({ users: [{ ...user, role: 'admin' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toBe('removed');
    expect(await files.isKnownUser(admin.email)).toBe(false);
  });

  it('permits a new tenant with the project of a tenant that the file removes', async () => {
    const lines = await files.report(
      { tenants: [{ ...acme, id: 'successor', credentials: undefined }] },
      { prune: true },
    );
    expect(lines).toMatchObject({ 'tenant acme': 'removed', 'tenant successor': 'created' });
  });

  it('permits a new user with the identity of a user that the file removes', async () => {
    const shared = { identity: newIdentity() };
    await files.report({ users: [{ email: viewer.email, ...shared }] });
    const lines = await files.report(
      { users: [{ ...user, ...shared }, { email: admin.email }] },
      { prune: true },
    );
    expect(lines).toMatchObject({
      'user viewer@acme.example': 'removed',
      'user new@acme.example': 'created',
    });
  });

  it('removes nothing for a rejected file', async () => {
    expect(await files.places({ tenants: [], users: [{ email: user.email }] }, { prune: true })).toEqual([
      'users[0].name',
    ]);
    expect(await files.changes(the.directory)).toEqual({});
  });
});

describe('--dry-run', () => {
  beforeAll(() => files.restore());

  it('reports changes and makes none', async () => {
    const document = {
      tenants: [
        { ...acme, name: 'Acme Group' },
        { ...acme, id: 'newcomer', projectId: 'p' },
      ],
      users: [{ email: admin.email, password: 'another-password' }, user],
      adminCredentials: [],
    };
    const reported = await files.changes(document, { dryRun: true, prune: true });
    expect(reported).toMatchObject({
      'tenant acme': 'updated',
      'tenant newcomer': 'created',
      'tenant harbour': 'removed',
      'user admin@bff.example': 'updated',
      'user new@acme.example': 'created',
      'user editor@acme.example': 'removed',
      'admin credentials of production': 'removed',
    });
    expect(await files.changes(the.directory, { prune: true })).toEqual({});
    expect(await files.isKnownTenant('newcomer')).toBe(false);
  });

  it('reports problems as without the option', async () => {
    expect(await files.places({ tenants: [{ id: 'newcomer' }] }, { dryRun: true })).toHaveLength(4);
  });
});
