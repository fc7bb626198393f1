import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AppliedFiles, newIdentity, production } from '../support/applied-files.js';
import { the } from '../support/the.js';

let files: AppliedFiles;
beforeAll(async () => {
  files = await AppliedFiles.start();
});
afterAll(() => files.bff.close());

const { acme, harbour, orchard, editor, viewer, partner, admin } = the;
const identity = newIdentity();

describe('the outcome of a record', () => {
  it('is created in an empty directory', async () => {
    const lines = await files.report(the.directory);
    expect(Object.keys(lines)).toEqual([
      'tenant acme',
      'credentials of acme',
      'tenant harbour',
      'credentials of harbour',
      'tenant lantern',
      'credentials of lantern',
      'tenant orchard',
      'credentials of orchard',
      'tenant summit',
      'tenant bare',
      'user editor@acme.example',
      'membership of editor@acme.example in acme',
      'membership of editor@acme.example in harbour',
      'membership of editor@acme.example in lantern',
      'membership of editor@acme.example in bare',
      'user viewer@acme.example',
      'membership of viewer@acme.example in acme',
      'membership of viewer@acme.example in summit',
      'user partner@orchard.example',
      'membership of partner@orchard.example in orchard',
      'user admin@bff.example',
      'membership of admin@bff.example in harbour',
      'admin credentials of production',
      'admin credentials of staging',
      'admin credentials of staging-dev',
    ]);
    expect(new Set(Object.values(lines))).toEqual(new Set(['created']));
  });

  it('is unchanged when the same file is applied again', async () => {
    expect(new Set(Object.values(await files.report(the.directory)))).toEqual(new Set(['unchanged']));
  });

  it.each<[name: string, document: object, updated: string]>([
    ['name of a tenant', { tenants: [{ ...acme, name: 'Acme Group' }] }, 'tenant acme'],
    ['project of a tenant', { tenants: [{ ...acme, projectId: 'another-project' }] }, 'tenant acme'],
    ['environment of a tenant', { tenants: [{ id: 'bare', environment: 'production' }] }, 'tenant bare'],
    ['plane of a tenant', { tenants: [{ id: 'bare', plane: 'admin' }] }, 'tenant bare'],
    [
      'secret of a tenant',
      { tenants: [{ ...acme, credentials: { ...acme.credentials, keySecret: 'other' } }] },
      'credentials of acme',
    ],
    [
      'key id of a tenant',
      { tenants: [{ ...acme, credentials: { ...acme.credentials, keyId: 'other' } }] },
      'credentials of acme',
    ],
    [
      'scheme of a tenant',
      { tenants: [{ ...acme, credentials: { ...acme.credentials, scheme: 'basic' } }] },
      'credentials of acme',
    ],
    ['name of a user', { users: [{ ...editor, name: 'Edith' }] }, 'user editor@acme.example'],
    ['role of a user', { users: [{ ...editor, role: 'admin' }] }, 'user editor@acme.example'],
    ['password of a user', { users: [{ ...editor, password: 'another-one' }] }, 'user editor@acme.example'],
    ['identity of a user', { users: [{ ...editor, identity }] }, 'user editor@acme.example'],
    [
      'second factor of a user',
      { users: [{ ...editor, totpSecret: 'JBSWY3DPEHPK3PXP' }] },
      'user editor@acme.example',
    ],
    [
      'role of a member',
      { users: [{ email: editor.email, memberships: [{ tenant: 'acme', role: 'viewer' }] }] },
      'membership of editor@acme.example in acme',
    ],
    [
      'secret of an environment',
      { adminCredentials: [{ ...production, keySecret: 'other' }] },
      'admin credentials of production',
    ],
    [
      'key id of an environment',
      { adminCredentials: [{ ...production, keyId: 'other' }] },
      'admin credentials of production',
    ],
  ])('is updated only for the record with another %s', async (_, document, updated) => {
    expect(await files.changes(document, { dryRun: true })).toEqual({ [updated]: 'updated' });
  });

  it('is not reported for an empty file, which changes nothing', async () => {
    expect(await files.report({})).toEqual({});
    expect(await files.report({ tenants: [], users: [], adminCredentials: [] })).toEqual({});
    expect(await files.changes(the.directory)).toEqual({});
  });

  it('is created once and unchanged once if two files with the same tenant are applied concurrently', async () => {
    const document = { tenants: [{ ...acme, id: 'twin', projectId: 'project-of-twin' }] };
    const outcomes = await Promise.all([files.report(document), files.report(document)]);
    expect(outcomes.map((lines) => lines['tenant twin']).sort()).toEqual(['created', 'unchanged']);
    await files.restore();
  });

  it('is not reported with --if-empty if the directory has records, which do not change', async () => {
    expect(await files.report({ tenants: [{ id: 'acme', name: 'Other' }] }, { ifEmpty: true })).toEqual({});
    expect(await files.changes(the.directory)).toEqual({});
  });
});

describe('bff apply', () => {
  beforeEach(async () => {
    await files.restore();
    files.bff.sinch.reset();
  });

  it('changes a project with effect from the next request', async () => {
    const browser = await files.bff.signedIn(editor);
    await files.report({ tenants: [{ id: 'acme', projectId: 'another-project' }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(files.bff.sinch.production.lastRequest.url).toBe('/v1/projects/another-project/whatsapp');
  });

  it('changes an environment with effect from the next request', async () => {
    const browser = await files.bff.signedIn(editor);
    const credentials = { ...acme.credentials, keyId: 'acme-staging-key' };
    await files.report({ tenants: [{ id: 'acme', environment: 'staging', credentials }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(files.bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${acme.projectId}/whatsapp`);
    expect(files.bff.sinch.allBut('staging').requests).toEqual([]);
  });

  it('swaps the projects of two tenants in one file', async () => {
    const swapped = {
      tenants: [
        { id: 'acme', projectId: orchard.projectId },
        { id: 'orchard', projectId: acme.projectId },
      ],
    };
    expect(await files.changes(swapped)).toEqual({ 'tenant acme': 'updated', 'tenant orchard': 'updated' });
    const browser = await files.bff.signedIn(partner);
    await browser.get('/v1/tenants/orchard/whatsapp');
    const { url, headers } = files.bff.sinch.production.lastRequest;
    expect(url).toBe(`/v1/projects/${acme.projectId}/whatsapp`);
    expect(headers.authorization).toMatch(/^Bearer token-production-orchard-key-/);
  });

  it('swaps the identities of two users in one file', async () => {
    const [one, other] = [newIdentity(), newIdentity()];
    await files.report({
      users: [
        { email: editor.email, identity: one },
        { email: viewer.email, identity: other },
      ],
    });
    const swapped = {
      users: [
        { email: editor.email, identity: other },
        { email: viewer.email, identity: one },
      ],
    };
    expect(await files.changes(swapped)).toEqual({
      'user editor@acme.example': 'updated',
      'user viewer@acme.example': 'updated',
    });
  });

  it('assigns a tenant the project of another one, which gets a new project in the same file', async () => {
    const document = {
      tenants: [
        { id: 'orchard', projectId: acme.projectId },
        { id: 'acme', projectId: 'another-project' },
      ],
    };
    expect(await files.changes(document)).toEqual({ 'tenant acme': 'updated', 'tenant orchard': 'updated' });
  });

  it('stores a replaced secret as a new version, and the previous token is not used again (CRD-06)', async () => {
    const browser = await files.bff.signedIn(editor);
    await browser.get('/v1/tenants/acme/whatsapp');
    const before = files.bff.sinch.production.lastRequest.headers.authorization;
    const credentials = { ...acme.credentials, keySecret: 'acme-canary-secret-2' };
    expect(await files.changes({ tenants: [{ id: 'acme', credentials }] })).toEqual({
      'credentials of acme': 'updated',
    });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(files.bff.sinch.production.lastRequest.headers.authorization).not.toBe(before);
    expect(files.bff.sinch.tokens.production.lastRequest.headers.authorization).toBe(
      `Basic ${Buffer.from('acme-key:acme-canary-secret-2').toString('base64')}`,
    );
  });

  it('keeps the version of an unchanged secret, and its token remains in use', async () => {
    const browser = await files.bff.signedIn(editor);
    await browser.get('/v1/tenants/lantern/whatsapp');
    const before = files.bff.sinch['staging-dev'].lastRequest.headers.authorization;
    expect(await files.changes({ tenants: [the.lantern] })).toEqual({});
    await browser.get('/v1/tenants/lantern/whatsapp');
    expect(files.bff.sinch['staging-dev'].lastRequest.headers.authorization).toBe(before);
  });

  it('replaces a password immediately', async () => {
    await files.report({ users: [{ email: editor.email, password: 'a-new-canary-password' }] });
    const browser = files.bff.browser();
    expect((await browser.post('/session', { email: editor.email, password: editor.password })).status).toBe(
      401,
    );
    await browser.signIn({ email: editor.email, password: 'a-new-canary-password' });
  });

  it('changes a role with effect from the next request of an existing session (AZT-13)', async () => {
    const browser = await files.bff.signedIn(editor);
    await files.report({
      users: [{ email: editor.email, memberships: [{ tenant: 'acme', role: 'viewer' }] }],
    });
    const answer = await browser.post('/v1/tenants/acme/whatsapp/comments', { comment: 'Hello' });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ errorCode: 'bff_role_required' });
    expect(files.bff.sinch.all.requests).toEqual([]);
  });

  it('matches a user by e-mail address without regard to case, as does a sign-in', async () => {
    const document = { users: [{ email: 'EDITOR@acme.example' }] };
    expect(await files.changes(document)).toEqual({ 'user EDITOR@acme.example': 'updated' });
    await files.bff.browser().signIn({ email: 'editor@ACME.example', password: editor.password });
  });
});

describe('the last admin', () => {
  beforeEach(() => files.restore());

  it('can lose the role if the same file assigns it to another user', async () => {
    const users = [
      { email: admin.email, role: 'user' },
      { email: viewer.email, role: 'admin' },
    ];
    expect(await files.changes({ users })).toEqual({
      [`user ${admin.email}`]: 'updated',
      [`user ${viewer.email}`]: 'updated',
    });
    await files.report({ users: [{ email: admin.email, role: 'admin' }] });
    await files.report({ users: [{ email: viewer.email, role: 'user' }] });
  });
});

describe('a record with missing members keeps the current values', () => {
  beforeEach(() => files.restore());

  it('of the credentials, project, environment and plane of a tenant', async () => {
    expect(await files.changes({ tenants: [{ id: 'harbour', name: 'Harbour' }] })).toEqual({
      'tenant harbour': 'updated',
    });
    expect(await files.changes(the.directory)).toEqual({ 'tenant harbour': 'updated' });
    const browser = await files.bff.signedIn(editor);
    await browser.get('/v1/tenants/harbour/whatsapp');
    expect(files.bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${harbour.projectId}/whatsapp`);
  });

  it('of the name of a tenant', async () => {
    await files.report({ tenants: [{ id: 'harbour', projectId: 'another-project' }] });
    const browser = await files.bff.signedIn(admin);
    const document = (await browser.get('/session')).json;
    expect(document).toMatchObject({ tenants: [{ id: 'harbour', name: harbour.name }] });
  });

  it('of the password, second factor, identity, role and memberships of a user', async () => {
    const complete = { ...admin, totpSecret: 'JBSWY3DPEHPK3PXP', identity: newIdentity() };
    await files.report({ users: [complete] });
    await files.report({ users: [{ email: admin.email, name: 'Ada Min' }] });
    expect(await files.changes({ users: [{ ...complete, name: 'Ada Min' }] })).toEqual({});
    const browser = await files.bff.signedIn(admin);
    expect((await browser.get('/session')).json).toMatchObject({
      user: { name: 'Ada Min', role: 'admin' },
      tenants: [{ id: 'harbour', role: 'viewer' }],
    });
  });

  it('of memberships that a list does not contain, unless --prune removes them', async () => {
    const document = {
      users: [{ email: editor.email, memberships: [{ tenant: 'orchard', role: 'viewer' }] }],
    };
    expect(await files.changes(document)).toEqual({
      'membership of editor@acme.example in orchard': 'created',
    });
    expect(await files.changes({ users: [editor] })).toEqual({});
    expect(await files.changes({ users: [{ email: editor.email, memberships: [] }] })).toEqual({});
  });
});
