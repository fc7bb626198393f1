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

describe('what apply says of each record', () => {
  it('created, in an empty directory', async () => {
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

  it('unchanged, when the same file comes again: apply is idempotent', async () => {
    expect(new Set(Object.values(await files.report(the.directory)))).toEqual(new Set(['unchanged']));
  });

  it.each<[what: string, document: object, updated: string]>([
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
  ])('updated, for another %s, and for that record alone', async (_, document, updated) => {
    expect(await files.changes(document, { dryRun: true })).toEqual({ [updated]: 'updated' });
  });

  it('nothing, and does nothing, for an empty file', async () => {
    expect(await files.report({})).toEqual({});
    expect(await files.report({ tenants: [], users: [], adminCredentials: [] })).toEqual({});
    expect(await files.changes(the.directory)).toEqual({});
  });

  it('created once and unchanged once, when two files bring the same tenant at the same time', async () => {
    const document = { tenants: [{ ...acme, id: 'twin', projectId: 'project-of-twin' }] };
    const outcomes = await Promise.all([files.report(document), files.report(document)]);
    expect(outcomes.map((lines) => lines['tenant twin']).sort()).toEqual(['created', 'unchanged']);
    await files.restore();
  });

  it('nothing, with --if-empty, where the directory holds records', async () => {
    expect(await files.report({ tenants: [{ id: 'acme', name: 'Other' }] }, { ifEmpty: true })).toEqual({});
    expect(await files.changes(the.directory)).toEqual({});
  });
});

describe('what apply does', () => {
  beforeEach(async () => {
    await files.restore();
    files.bff.sinch.reset();
  });

  it('a project that was changed is called at the next request', async () => {
    const browser = await files.bff.signedIn(editor);
    await files.report({ tenants: [{ id: 'acme', projectId: 'another-project' }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(files.bff.sinch.production.lastRequest.url).toBe('/v1/projects/another-project/whatsapp');
  });

  it('an environment that was changed is called at the next request', async () => {
    const browser = await files.bff.signedIn(editor);
    const credentials = { ...acme.credentials, keyId: 'acme-staging-key' };
    await files.report({ tenants: [{ id: 'acme', environment: 'staging', credentials }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(files.bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${acme.projectId}/whatsapp`);
    expect(files.bff.sinch.allBut('staging').requests).toEqual([]);
  });

  it('two tenants swap their projects in one file', async () => {
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

  it('two users swap their identities in one file', async () => {
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

  it('a tenant takes the project that another one gives up in the same file', async () => {
    const document = {
      tenants: [
        { id: 'orchard', projectId: acme.projectId },
        { id: 'acme', projectId: 'another-project' },
      ],
    };
    expect(await files.changes(document)).toEqual({ 'tenant acme': 'updated', 'tenant orchard': 'updated' });
  });

  it('a replaced secret is a new version: the token of the old one is not used again (CRD-06)', async () => {
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

  it('the same secret is unchanged: its token stays in use', async () => {
    const browser = await files.bff.signedIn(editor);
    await browser.get('/v1/tenants/lantern/whatsapp');
    const before = files.bff.sinch['staging-dev'].lastRequest.headers.authorization;
    expect(await files.changes({ tenants: [the.lantern] })).toEqual({});
    await browser.get('/v1/tenants/lantern/whatsapp');
    expect(files.bff.sinch['staging-dev'].lastRequest.headers.authorization).toBe(before);
  });

  it('a changed password counts at once, and the old one no longer', async () => {
    await files.report({ users: [{ email: editor.email, password: 'a-new-canary-password' }] });
    const browser = files.bff.browser();
    expect((await browser.post('/session', { email: editor.email, password: editor.password })).status).toBe(
      401,
    );
    await browser.signIn({ email: editor.email, password: 'a-new-canary-password' });
  });

  it('a changed role counts at the next request of a session that was open already (AZT-13)', async () => {
    const browser = await files.bff.signedIn(editor);
    await files.report({
      users: [{ email: editor.email, memberships: [{ tenant: 'acme', role: 'viewer' }] }],
    });
    const answer = await browser.post('/v1/tenants/acme/whatsapp/comments', { comment: 'Hello' });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ errorCode: 'bff_role_required' });
    expect(files.bff.sinch.all.requests).toEqual([]);
  });

  it('an e-mail address in other case is the same user, who then signs in with either', async () => {
    const document = { users: [{ email: 'EDITOR@acme.example' }] };
    expect(await files.changes(document)).toEqual({ 'user EDITOR@acme.example': 'updated' });
    await files.bff.browser().signIn({ email: 'editor@ACME.example', password: editor.password });
  });
});

describe('the last admin', () => {
  beforeEach(() => files.restore());

  it('may become a user where the same file makes another one', async () => {
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

describe('members that a record does not have stay as they are', () => {
  beforeEach(() => files.restore());

  it('credentials, project, environment and plane of a tenant', async () => {
    expect(await files.changes({ tenants: [{ id: 'harbour', name: 'Harbour' }] })).toEqual({
      'tenant harbour': 'updated',
    });
    expect(await files.changes(the.directory)).toEqual({ 'tenant harbour': 'updated' });
    const browser = await files.bff.signedIn(editor);
    await browser.get('/v1/tenants/harbour/whatsapp');
    expect(files.bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${harbour.projectId}/whatsapp`);
  });

  it('name of a tenant', async () => {
    await files.report({ tenants: [{ id: 'harbour', projectId: 'another-project' }] });
    const browser = await files.bff.signedIn(admin);
    const document = (await browser.get('/session')).json;
    expect(document).toMatchObject({ tenants: [{ id: 'harbour', name: harbour.name }] });
  });

  it('password, second factor, identity, role and memberships of a user', async () => {
    const whole = { ...admin, totpSecret: 'JBSWY3DPEHPK3PXP', identity: newIdentity() };
    await files.report({ users: [whole] });
    await files.report({ users: [{ email: admin.email, name: 'Ada Min' }] });
    expect(await files.changes({ users: [{ ...whole, name: 'Ada Min' }] })).toEqual({});
    const browser = await files.bff.signedIn(admin);
    expect((await browser.get('/session')).json).toMatchObject({
      user: { name: 'Ada Min', role: 'admin' },
      tenants: [{ id: 'harbour', role: 'viewer' }],
    });
  });

  it('memberships that a list does not name: only --prune takes them away', async () => {
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
