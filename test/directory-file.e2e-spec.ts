import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApplyOptions } from '../apps/bff/src/directory-file/apply-directory.js';
import { type Bff, startBff } from './support/start-bff.js';
import { the } from './support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({ directory: {} });
});
afterAll(() => bff.close());

const { acme, harbour, orchard, editor, viewer, partner, admin } = the;
const production = {
  environment: 'production',
  keyId: 'admin-production-key',
  keySecret: 'admin-production-canary-secret',
};
/** A subject that no test before has given to somebody: what a file does not state stays, in spite of `restore`. */
const newIdentity = (): { issuer: string; subject: string } => ({
  issuer: 'https://login.example',
  subject: randomUUID(),
});
const identity = newIdentity();

/** Puts back what a test before this one has changed. */
const restore = async (): Promise<void> => {
  await report(the.directory, { prune: true });
};

async function report(document: object, options?: Partial<ApplyOptions>): Promise<Record<string, string>> {
  const answer = await bff.apply(document, options);
  if (!('result' in answer)) throw new Error(`It was refused: ${JSON.stringify(answer)}`);
  return Object.fromEntries(answer.result.map(({ record, outcome }) => [record, outcome]));
}

/** What of the report is not `unchanged`. */
async function changes(document: object, options?: Partial<ApplyOptions>): Promise<Record<string, string>> {
  const lines = Object.entries(await report(document, options));
  return Object.fromEntries(lines.filter(([, outcome]) => outcome !== 'unchanged'));
}

async function problems(document: object, options?: Partial<ApplyOptions>): Promise<readonly string[]> {
  const answer = await bff.apply(document, options);
  if (!('problems' in answer)) throw new Error(`No problem was found: ${JSON.stringify(answer)}`);
  return answer.problems;
}

/** The beginnings of the sentences, where each says what it is about. */
async function places(document: object, options?: Partial<ApplyOptions>): Promise<string[]> {
  return (await problems(document, options)).map((sentence) => /^[^\s:]+/.exec(sentence)?.[0] ?? '').sort();
}

async function isKnownTenant(id: string): Promise<boolean> {
  return 'report' in (await bff.apply({ tenants: [{ id }] }, { dryRun: true }));
}

async function isKnownUser(email: string): Promise<boolean> {
  return 'report' in (await bff.apply({ users: [{ email }] }, { dryRun: true }));
}

describe('what apply says of each record', () => {
  it('created, in an empty directory', async () => {
    const lines = await report(the.directory);
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
    expect(new Set(Object.values(await report(the.directory)))).toEqual(new Set(['unchanged']));
  });

  it.each<[what: string, document: object, updated: string]>([
    ['name of a tenant', { tenants: [{ ...acme, name: 'Acme Group' }] }, 'tenant acme'],
    ['project of a tenant', { tenants: [{ ...acme, projectId: 'another-project' }] }, 'tenant acme'],
    ['environment of a tenant', { tenants: [{ ...acme, environment: 'staging' }] }, 'tenant acme'],
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
    expect(await changes(document, { dryRun: true })).toEqual({ [updated]: 'updated' });
  });

  it('nothing, and does nothing, for an empty file', async () => {
    expect(await report({})).toEqual({});
    expect(await report({ tenants: [], users: [], adminCredentials: [] })).toEqual({});
    expect(await changes(the.directory)).toEqual({});
  });

  it('created once and unchanged once, when two files bring the same tenant at the same time', async () => {
    const document = { tenants: [{ ...acme, id: 'twin', projectId: 'project-of-twin' }] };
    const outcomes = await Promise.all([report(document), report(document)]);
    expect(outcomes.map((lines) => lines['tenant twin']).sort()).toEqual(['created', 'unchanged']);
    await restore();
  });

  it('nothing, with --if-empty, where the directory holds records', async () => {
    expect(await report({ tenants: [{ id: 'acme', name: 'Other' }] }, { ifEmpty: true })).toEqual({});
    expect(await changes(the.directory)).toEqual({});
  });
});

describe('what apply does', () => {
  beforeEach(async () => {
    await restore();
    bff.sinch.reset();
  });

  it('a project that was changed is called at the next request', async () => {
    const browser = await bff.signedIn(editor);
    await report({ tenants: [{ id: 'acme', projectId: 'another-project' }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(bff.sinch.production.lastRequest.url).toBe('/v1/projects/another-project/whatsapp');
  });

  it('an environment that was changed is called at the next request', async () => {
    const browser = await bff.signedIn(editor);
    await report({ tenants: [{ id: 'acme', environment: 'staging' }] });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${acme.projectId}/whatsapp`);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
  });

  it('two tenants swap their projects in one file', async () => {
    const swapped = {
      tenants: [
        { id: 'acme', projectId: orchard.projectId },
        { id: 'orchard', projectId: acme.projectId },
      ],
    };
    expect(await changes(swapped)).toEqual({ 'tenant acme': 'updated', 'tenant orchard': 'updated' });
    const browser = await bff.signedIn(partner);
    await browser.get('/v1/tenants/orchard/whatsapp');
    const { url, headers } = bff.sinch.production.lastRequest;
    expect(url).toBe(`/v1/projects/${acme.projectId}/whatsapp`);
    expect(headers.authorization).toMatch(/^Bearer token-production-orchard-key-/);
  });

  it('two users swap their identities in one file', async () => {
    const [one, other] = [newIdentity(), newIdentity()];
    await report({
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
    expect(await changes(swapped)).toEqual({
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
    expect(await changes(document)).toEqual({ 'tenant acme': 'updated', 'tenant orchard': 'updated' });
  });

  it('a replaced secret is a new version: the token of the old one is not used again (CRD-06)', async () => {
    const browser = await bff.signedIn(editor);
    await browser.get('/v1/tenants/acme/whatsapp');
    const before = bff.sinch.production.lastRequest.headers.authorization;
    const credentials = { ...acme.credentials, keySecret: 'acme-canary-secret-2' };
    expect(await changes({ tenants: [{ id: 'acme', credentials }] })).toEqual({
      'credentials of acme': 'updated',
    });
    await browser.get('/v1/tenants/acme/whatsapp');
    expect(bff.sinch.production.lastRequest.headers.authorization).not.toBe(before);
    expect(bff.sinch.tokens.production.lastRequest.headers.authorization).toBe(
      `Basic ${Buffer.from('acme-key:acme-canary-secret-2').toString('base64')}`,
    );
  });

  it('the same secret is unchanged: its token stays in use', async () => {
    const browser = await bff.signedIn(editor);
    await browser.get('/v1/tenants/lantern/whatsapp');
    const before = bff.sinch['staging-dev'].lastRequest.headers.authorization;
    expect(await changes({ tenants: [the.lantern] })).toEqual({});
    await browser.get('/v1/tenants/lantern/whatsapp');
    expect(bff.sinch['staging-dev'].lastRequest.headers.authorization).toBe(before);
  });

  it('a changed password counts at once, and the old one no longer', async () => {
    await report({ users: [{ email: editor.email, password: 'a-new-canary-password' }] });
    const browser = bff.browser();
    expect((await browser.post('/session', { email: editor.email, password: editor.password })).status).toBe(
      401,
    );
    await browser.signIn({ email: editor.email, password: 'a-new-canary-password' });
  });

  it('a changed role counts at the next request of a session that was open already (AZT-13)', async () => {
    const browser = await bff.signedIn(editor);
    await report({ users: [{ email: editor.email, memberships: [{ tenant: 'acme', role: 'viewer' }] }] });
    const answer = await browser.post('/v1/tenants/acme/whatsapp/comments', { comment: 'Hello' });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ errorCode: 'bff_role_required' });
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('an e-mail address in other case is the same user, who then signs in with either', async () => {
    const document = { users: [{ email: 'EDITOR@acme.example' }] };
    expect(await changes(document)).toEqual({ 'user EDITOR@acme.example': 'updated' });
    await bff.browser().signIn({ email: 'editor@ACME.example', password: editor.password });
  });
});

describe('members that a record does not have stay as they are', () => {
  beforeEach(restore);

  it('credentials, project, environment and plane of a tenant', async () => {
    expect(await changes({ tenants: [{ id: 'harbour', name: 'Harbour' }] })).toEqual({
      'tenant harbour': 'updated',
    });
    expect(await changes(the.directory)).toEqual({ 'tenant harbour': 'updated' });
    const browser = await bff.signedIn(editor);
    await browser.get('/v1/tenants/harbour/whatsapp');
    expect(bff.sinch.staging.lastRequest.url).toBe(`/v1/projects/${harbour.projectId}/whatsapp`);
  });

  it('name of a tenant', async () => {
    await report({ tenants: [{ id: 'harbour', projectId: 'another-project' }] });
    const browser = await bff.signedIn(admin);
    const document = (await browser.get('/session')).json;
    expect(document).toMatchObject({ tenants: [{ id: 'harbour', name: harbour.name }] });
  });

  it('password, second factor, identity, role and memberships of a user', async () => {
    const whole = { ...admin, totpSecret: 'JBSWY3DPEHPK3PXP', identity: newIdentity() };
    await report({ users: [whole] });
    await report({ users: [{ email: admin.email, name: 'Ada Min' }] });
    expect(await changes({ users: [{ ...whole, name: 'Ada Min' }] })).toEqual({});
    const browser = await bff.signedIn(admin);
    expect((await browser.get('/session')).json).toMatchObject({
      user: { name: 'Ada Min', role: 'admin' },
      tenants: [{ id: 'harbour', role: 'viewer' }],
    });
  });

  it('memberships that a list does not name: only --prune takes them away', async () => {
    const document = {
      users: [{ email: editor.email, memberships: [{ tenant: 'orchard', role: 'viewer' }] }],
    };
    expect(await changes(document)).toEqual({ 'membership of editor@acme.example in orchard': 'created' });
    expect(await changes({ users: [editor] })).toEqual({});
    expect(await changes({ users: [{ email: editor.email, memberships: [] }] })).toEqual({});
  });
});

/** A file with a tenant that could be created, beside what is wrong with it. */
const alongside = (list: 'tenants' | 'users' | 'adminCredentials', ...bad: object[]): object => {
  const newcomer = { ...acme, id: 'newcomer', projectId: 'project-of-newcomer' };
  return list === 'tenants' ? { tenants: [newcomer, ...bad] } : { tenants: [newcomer], [list]: bad };
};

async function expectRefused(document: object, expected: readonly string[]): Promise<void> {
  expect(await places(document)).toEqual([...expected].sort());
  expect(await isKnownTenant('newcomer')).toBe(false);
}

const user = { email: 'new@acme.example', name: 'New' };

describe('a file that is refused changes nothing', () => {
  beforeAll(restore);
  // A file that was accepted against the expectation must not fail the tests after it.
  afterEach(async () => {
    if (await isKnownTenant('newcomer')) await restore();
  });
  afterAll(async () => {
    expect(await changes(the.directory, { prune: true })).toEqual({});
  });

  it.each<[level: string, document: object, place: string]>([
    ['the file', { ...alongside('tenants'), colour: 'red' }, 'colour'],
    ['a tenant', alongside('tenants', { ...acme, colour: 'red' }), 'tenants[1].colour'],
    [
      'credentials',
      alongside('tenants', { ...acme, credentials: { ...acme.credentials, colour: 'red' } }),
      'tenants[1].credentials.colour',
    ],
    ['a user', alongside('users', { ...user, colour: 'red' }), 'users[0].colour'],
    [
      'an identity',
      alongside('users', { ...user, identity: { ...identity, colour: 'red' } }),
      'users[0].identity.colour',
    ],
    [
      'a membership',
      alongside('users', { ...user, memberships: [{ tenant: 'acme', role: 'viewer', colour: 'red' }] }),
      'users[0].memberships[0].colour',
    ],
    [
      'admin credentials',
      alongside('adminCredentials', { ...production, colour: 'red' }),
      'adminCredentials[0].colour',
    ],
    [
      'admin credentials, which have no scheme',
      alongside('adminCredentials', { ...production, scheme: 'basic' }),
      'adminCredentials[0].scheme',
    ],
  ])('an unknown member of %s', async (_, document, place) => {
    await expectRefused(document, [place]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__', 'Name', 'disabled'])(
    'an unknown member that is called %s',
    async (name) => {
      const tenant = JSON.parse(JSON.stringify(acme).replace('{', `{"${name}":"x",`)) as object;
      await expectRefused(alongside('tenants', tenant), [`tenants[1].${name}`]);
    },
  );

  it.each<[what: string, document: object, place: string]>([
    [
      'the id of a tenant',
      alongside(
        'tenants',
        { ...acme, id: 'other', projectId: 'p' },
        { ...acme, id: 'other', projectId: 'q' },
      ),
      'tenants[2].id',
    ],
    [
      'an e-mail address, in other case',
      alongside('users', user, { ...user, email: 'NEW@Acme.Example' }),
      'users[1].email',
    ],
    [
      'a project in its environment, in the file',
      alongside('tenants', { ...acme, id: 'other', projectId: 'project-of-newcomer' }),
      'tenants[1].projectId',
    ],
    [
      'a project in its environment, in the directory',
      alongside('tenants', { ...acme, id: 'other', credentials: undefined }),
      'tenants[1].projectId',
    ],
    [
      'a project that comes with a new environment',
      alongside(
        'tenants',
        { id: 'bare', projectId: acme.projectId },
        { id: 'bare-2', name: 'B', projectId: 'p', environment: 'staging', plane: 'public' },
        { id: 'harbour', environment: 'production', projectId: acme.projectId },
      ),
      'tenants[3].projectId',
    ],
    [
      'an identity, in the file',
      alongside('users', { ...user, identity }, { ...user, email: 'other@acme.example', identity }),
      'users[1].identity',
    ],
    [
      'the environment of admin credentials',
      alongside('adminCredentials', production, { ...production, keyId: 'other' }),
      'adminCredentials[1].environment',
    ],
    [
      'a membership',
      alongside('users', {
        ...user,
        memberships: [
          { tenant: 'acme', role: 'viewer' },
          { tenant: 'acme', role: 'editor' },
        ],
      }),
      'users[0].memberships[1].tenant',
    ],
  ])('a duplicate: %s', async (_, document, place) => {
    await expectRefused(document, [place]);
  });

  it('a duplicate: an identity, in the directory', async () => {
    const taken = newIdentity();
    await report({ users: [{ email: viewer.email, identity: taken }] });
    await expectRefused(alongside('users', { ...user, identity: taken }), ['users[0].identity']);
  });

  it('the same project in another environment is no duplicate', async () => {
    const document = { tenants: [{ ...acme, id: 'other', environment: 'staging' }] };
    expect(await changes(document, { dryRun: true })).toEqual({
      'tenant other': 'created',
      'credentials of other': 'created',
    });
  });

  it('a membership in a tenant that is neither in the file nor in the directory', async () => {
    const memberships = [
      { tenant: 'newcomer', role: 'viewer' },
      { tenant: 'acme', role: 'viewer' },
      { tenant: 'nowhere', role: 'viewer' },
    ];
    await expectRefused(alongside('users', { ...user, memberships }), ['users[0].memberships[2].tenant']);
  });

  it('a membership in a tenant that the same file removes', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    const document = alongside('users', { ...user, memberships });
    expect(await places(document, { prune: true })).toEqual(['users[0].memberships[0].tenant']);
  });

  it('a membership refers to the directory alone, with and without --prune', async () => {
    const memberships = [{ tenant: 'acme', role: 'viewer' }];
    for (const prune of [false, true]) {
      const made = await report({ users: [{ ...user, memberships }] }, { dryRun: true, prune });
      expect(made['membership of new@acme.example in acme']).toBe('created');
    }
  });

  it.each(['name', 'projectId', 'environment', 'plane'])('a new tenant without %s', async (member) => {
    await expectRefused(alongside('tenants', { ...acme, id: 'other', projectId: 'p', [member]: undefined }), [
      `tenants[1].${member}`,
    ]);
  });

  it.each<[what: string, document: object, expected: string[]]>([
    [
      'a new tenant with nothing but its id',
      alongside('tenants', { id: 'other' }),
      ['environment', 'name', 'plane', 'projectId'].map((member) => `tenants[1].${member}`),
    ],
    ['a tenant without id', alongside('tenants', { name: 'Nameless' }), ['tenants[1].id']],
    ['a new user without name', alongside('users', { email: user.email }), ['users[0].name']],
    ['a user without e-mail address', alongside('users', { name: 'New' }), ['users[0].email']],
    [
      'credentials without secret',
      alongside('tenants', { ...acme, credentials: { ...acme.credentials, keySecret: undefined } }),
      ['tenants[1].credentials.keySecret'],
    ],
    [
      'credentials without scheme',
      alongside('tenants', { ...acme, credentials: { ...acme.credentials, scheme: undefined } }),
      ['tenants[1].credentials.scheme'],
    ],
    [
      'admin credentials without secret',
      alongside('adminCredentials', { environment: 'production', keyId: 'k' }),
      ['adminCredentials[0].keySecret'],
    ],
    [
      'a membership without role',
      alongside('users', { ...user, memberships: [{ tenant: 'acme' }] }),
      ['users[0].memberships[0].role'],
    ],
    [
      'an identity without subject',
      alongside('users', { ...user, identity: { issuer: identity.issuer } }),
      ['users[0].identity.subject'],
    ],
  ])('%s', async (_, document, expected) => {
    expect([...new Set(await places(document))]).toEqual(expected);
    expect(await isKnownTenant('newcomer')).toBe(false);
  });

  it.each<[what: string, tenant: object]>([
    ['a new tenant', { ...acme, id: 'other', projectId: 'p', plane: 'admin' }],
    ['a tenant that moves to it', { ...acme, plane: 'admin' }],
    ['a tenant that is on it already', { id: 'summit', credentials: acme.credentials }],
  ])('credentials of the admin plane: %s', async (_, tenant) => {
    await expectRefused(alongside('tenants', tenant), ['tenants[1].credentials']);
  });

  it.each<[what: string, document: object, place: string]>([
    ['a list that is none', { tenants: 'acme' }, 'tenants'],
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
    ['memberships that are no list', { users: [{ ...editor, memberships: {} }] }, 'users[0].memberships'],
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
    ['an e-mail address that is none', { users: [{ ...editor, email: 'editor' }] }, 'users[0].email'],
    ['an unknown global role', { users: [{ ...editor, role: 'root' }] }, 'users[0].role'],
    [
      'an unknown role in a tenant',
      { users: [{ ...editor, memberships: [{ tenant: 'acme', role: 'owner' }] }] },
      'users[0].memberships[0].role',
    ],
    ['a second factor in hex', { users: [{ ...editor, totpSecret: 'deadbeef' }] }, 'users[0].totpSecret'],
  ])('a value that cannot be: %s', async (_, document, place) => {
    const found = await places(document);
    expect(found).not.toEqual([]);
    expect(found.filter((it) => !it.startsWith(place))).toEqual([]);
  });

  it('a file that is a list', async () => {
    expect(await problems([acme])).toHaveLength(1);
  });

  it('says nothing of a secret that is wrong (LOG-10, CRD-04)', async () => {
    const secret = 'canary\u0000secret';
    const document = {
      tenants: [{ ...acme, credentials: { ...acme.credentials, keySecret: secret } }],
      users: [{ ...editor, password: ['canary'], totpSecret: 'canary' }],
      adminCredentials: [{ ...production, keySecret: secret }],
    };
    expect((await problems(document)).join()).not.toContain('canary');
  });

  it('lists every problem within records, each with its place', async () => {
    const document = {
      tenants: [
        { ...acme, id: 'Bad Id', plane: 'both' },
        { ...harbour, colour: 'red', credentials: { scheme: 'basic' } },
      ],
      users: [{ email: 'nobody', memberships: [{ tenant: 'acme', role: 'owner' }] }],
      adminCredentials: [{ environment: 'test', keyId: 'k', keySecret: 's' }],
    };
    expect(await places(document)).toEqual([
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

  it('lists every problem between records, each with its place', async () => {
    const document = {
      tenants: [{ id: 'acme' }, { id: 'acme' }, { id: 'other', name: 'Other' }],
      users: [
        { ...user, memberships: [{ tenant: 'nowhere', role: 'viewer' }] },
        { ...user, memberships: [{ tenant: 'elsewhere', role: 'viewer' }] },
      ],
      adminCredentials: [production, production],
    };
    expect(new Set(await places(document))).toEqual(
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

  it('lists problems within records and between them at once (contract.md section 7: every problem)', async () => {
    const document = {
      tenants: [
        { id: 'acme', colour: 'red' },
        { id: 'acme', name: 'Twice' },
      ],
      users: [{ ...user, memberships: [{ tenant: 'nowhere', role: 'viewer' }] }],
    };
    expect(await places(document)).toEqual(
      expect.arrayContaining(['tenants[0].colour', 'tenants[1].id', 'users[0].memberships[0].tenant']),
    );
  });
});

describe('--prune', () => {
  beforeEach(restore);

  it('removes nothing without being asked to', async () => {
    await report({ tenants: [acme], users: [admin], adminCredentials: [] });
    expect(await changes(the.directory)).toEqual({});
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
    expect(await changes(document, { prune: true, dryRun: true })).toEqual(expected);
    expect(await changes(document, { prune: true })).toEqual(expected);
    expect(await changes(document, { prune: true })).toEqual({});
  });

  it('takes the members of a removed tenant and the sessions of a removed user away (SES-20)', async () => {
    const [editorsBrowser, partnersBrowser] = [await bff.signedIn(editor), await bff.signedIn(partner)];
    await report(
      { tenants: [{ id: 'acme' }], users: [editor, admin].map(({ email }) => ({ email })) },
      { prune: true },
    );
    expect((await editorsBrowser.get('/v1/tenants/harbour/whatsapp')).status).toBe(404);
    expect((await editorsBrowser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect((await partnersBrowser.get('/session')).status).toBe(401);
  });

  it('a removed membership counts at the next request (AZT-13)', async () => {
    const browser = await bff.signedIn(editor);
    const users = [{ email: editor.email, memberships: [] }, { email: admin.email }];
    await report({ users }, { prune: true });
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(404);
  });

  it.each<[what: string, users: object[]]>([
    ['the file names nobody', []],
    ['the file names others', [{ email: editor.email }]],
    ['the file names a new user', [user]],
  ])('never removes the last admin: %s', async (_, users) => {
    const lines = await report({ users }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
    await bff.browser().signIn(admin);
  });

  it('keeps one of two admins that the file does not name', async () => {
    await report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await report({ users: [{ email: viewer.email }] }, { prune: true });
    const admins = [lines['user admin@bff.example'], lines['user editor@acme.example']];
    expect(admins.filter((outcome) => outcome === 'removed')).toHaveLength(1);
  });

  it('keeps the admin who is the last one because the file demotes the other', async () => {
    await report({ users: [{ email: editor.email, role: 'admin' }] });
    const lines = await report({ users: [{ email: editor.email, role: 'user' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toMatch(/^kept/);
  });

  it('removes the old admin when the file brings a new one', async () => {
    const lines = await report({ users: [{ ...user, role: 'admin' }] }, { prune: true });
    expect(lines['user admin@bff.example']).toBe('removed');
    expect(await isKnownUser(admin.email)).toBe(false);
  });

  it('a new tenant takes the project of one that the same file removes', async () => {
    const lines = await report(
      { tenants: [{ ...acme, id: 'successor', credentials: undefined }] },
      { prune: true },
    );
    expect(lines).toMatchObject({ 'tenant acme': 'removed', 'tenant successor': 'created' });
  });

  it('a new user takes the identity of one that the same file removes', async () => {
    const passedOn = { identity: newIdentity() };
    await report({ users: [{ email: viewer.email, ...passedOn }] });
    const lines = await report(
      { users: [{ ...user, ...passedOn }, { email: admin.email }] },
      { prune: true },
    );
    expect(lines).toMatchObject({
      'user viewer@acme.example': 'removed',
      'user new@acme.example': 'created',
    });
  });

  it('a refused file removes nothing', async () => {
    expect(await places({ tenants: [], users: [{ email: user.email }] }, { prune: true })).toEqual([
      'users[0].name',
    ]);
    expect(await changes(the.directory)).toEqual({});
  });
});

describe('--dry-run', () => {
  beforeAll(restore);

  it('says what would change, and changes nothing', async () => {
    const document = {
      tenants: [
        { ...acme, name: 'Acme Group' },
        { ...acme, id: 'newcomer', projectId: 'p' },
      ],
      users: [{ email: admin.email, password: 'another-password' }, user],
      adminCredentials: [],
    };
    const would = await changes(document, { dryRun: true, prune: true });
    expect(would).toMatchObject({
      'tenant acme': 'updated',
      'tenant newcomer': 'created',
      'tenant harbour': 'removed',
      'user admin@bff.example': 'updated',
      'user new@acme.example': 'created',
      'user editor@acme.example': 'removed',
      'admin credentials of production': 'removed',
    });
    expect(await changes(the.directory, { prune: true })).toEqual({});
    expect(await isKnownTenant('newcomer')).toBe(false);
  });

  it('lists problems like an earnest run', async () => {
    expect(await places({ tenants: [{ id: 'newcomer' }] }, { dryRun: true })).toHaveLength(4);
  });
});
