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

  it('removes nothing without being asked to', async () => {
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
      'memberships, of the user whose list it is',
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
  ])('removes from the lists that the file has and no others: %s', async (_, document, removed) => {
    const expected = Object.fromEntries(removed.map((record) => [record, 'removed']));
    expect(await files.changes(document, { prune: true, dryRun: true })).toEqual(expected);
    expect(await files.changes(document, { prune: true })).toEqual(expected);
    expect(await files.changes(document, { prune: true })).toEqual({});
  });

  it('takes the members of a removed tenant and the sessions of a removed user away (SES-20)', async () => {
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

  it('a removed membership counts at the next request (AZT-13)', async () => {
    const browser = await files.bff.signedIn(editor);
    const users = [{ email: editor.email, memberships: [] }, { email: admin.email }];
    await files.report({ users }, { prune: true });
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(404);
  });

  it.each<[what: string, users: object[]]>([
    ['the file names nobody', []],
    ['the file names others', [{ email: editor.email }]],
    ['the file names a new user', [user]],
  ])('never removes the last admin: %s', async (_, users) => {
    const lines = await files.report({ users }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
    await files.bff.browser().signIn(admin);
  });

  it('keeps one of two admins that the file does not name', async () => {
    await files.report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await files.report({ users: [{ email: viewer.email }] }, { prune: true });
    const admins = [lines['user admin@bff.example'], lines['user editor@acme.example']];
    expect(admins.filter((outcome) => outcome === 'removed')).toHaveLength(1);
  });

  it('keeps the admin who is the last one because the file demotes the other', async () => {
    await files.report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await files.report({ users: [{ email: editor.email, role: 'user' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
  });

  it('removes the old admin when the file brings a new one', async () => {
    const lines = await files.report({ users: [{ ...user, role: 'admin' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toBe('removed');
    expect(await files.isKnownUser(admin.email)).toBe(false);
  });

  it('a new tenant takes the project of one that the same file removes', async () => {
    const lines = await files.report(
      { tenants: [{ ...acme, id: 'successor', credentials: undefined }] },
      { prune: true },
    );
    expect(lines).toMatchObject({ 'tenant acme': 'removed', 'tenant successor': 'created' });
  });

  it('a new user takes the identity of one that the same file removes', async () => {
    const passedOn = { identity: newIdentity() };
    await files.report({ users: [{ email: viewer.email, ...passedOn }] });
    const lines = await files.report(
      { users: [{ ...user, ...passedOn }, { email: admin.email }] },
      { prune: true },
    );
    expect(lines).toMatchObject({
      'user viewer@acme.example': 'removed',
      'user new@acme.example': 'created',
    });
  });

  it('a refused file removes nothing', async () => {
    expect(await files.places({ tenants: [], users: [{ email: user.email }] }, { prune: true })).toEqual([
      'users[0].name',
    ]);
    expect(await files.changes(the.directory)).toEqual({});
  });
});

describe('--dry-run', () => {
  beforeAll(() => files.restore());

  it('says what would change, and changes nothing', async () => {
    const document = {
      tenants: [
        { ...acme, name: 'Acme Group' },
        { ...acme, id: 'newcomer', projectId: 'p' },
      ],
      users: [{ email: admin.email, password: 'another-password' }, user],
      adminCredentials: [],
    };
    const would = await files.changes(document, { dryRun: true, prune: true });
    expect(would).toMatchObject({
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

  it('lists problems like an earnest run', async () => {
    expect(await files.places({ tenants: [{ id: 'newcomer' }] }, { dryRun: true })).toHaveLength(4);
  });
});
