import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, type TenantRecord, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let bff: Bff;
let admin: Browser;
let second: Browser;
let editor: Browser;
let editorId: string;
let number = 0;
/** Created anew for each test: public, in production, with credentials, and the editor is one. */
let tenant: ReturnType<typeof statement>;

beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  admin = await administrating(bff);
  second = await administrating(bff, deputy);
  editor = await bff.signedIn(the.editor);
  editorId = (await userOf(admin, the.editor.email)).id;
});
afterAll(() => bff.close());

beforeEach(async () => {
  tenant = statement();
  expect((await admin.post('/v1/admin/tenants', tenant)).status).toBe(201);
  expect((await admin.put(pathOf('credentials'), credentialsOf(tenant.id))).status).toBe(200);
  expect((await admin.put(pathOf(`members/${editorId}`), { role: 'editor' })).status).toBe(200);
  bff.sinch.reset();
});

afterEach(() => admin.delete(pathOf()));

function statement() {
  number += 1;
  const name = `Tenant ${number}`;
  return { id: `t-${number}`, name, projectId: `p-${number}`, environment: 'production', plane: 'public' };
}

function credentialsOf(id: string): object {
  return { scheme: 'oauth2', keyId: `${id}-key`, keySecret: 'a-canary-secret' };
}

function pathOf(below?: string, id = tenant.id): string {
  return `/v1/admin/tenants/${id}${below === undefined ? '' : `/${below}`}`;
}

async function read(id = tenant.id): Promise<TenantRecord> {
  const answer = await admin.get(pathOf(undefined, id));
  expect(answer.status).toBe(200);
  return answer.json as TenantRecord;
}

const call = (): Promise<Answer> => perform(editor, 'account.get', tenant.id);
const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();

describe('a tenant', () => {
  it('is created and reads as stated, with dates and without a past', async () => {
    const stated = statement();
    const created = await admin.post('/v1/admin/tenants', stated);
    expect(created.status).toBe(201);
    const date = expect.stringMatching(ISO) as unknown;
    expect(created.json).toEqual({
      ...stated,
      ...{ createdAt: date, updatedAt: date },
      ...{ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null },
    });
    expect(await read(stated.id)).toEqual(created.json);
    expect(await entriesOf(second, '/v1/admin/tenants')).toContainEqual(created.json);
  });

  it.each([1, 4, 100])('is listed once, in pages of %s in the order of the ids', async (size) => {
    const found = await entriesOf<TenantRecord>(admin, '/v1/admin/tenants', size);
    const ids = found.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toEqual(expect.arrayContaining([...the.directory.tenants.map(({ id }) => id), tenant.id]));
    const { nextPageToken } = (await admin.get('/v1/admin/tenants?pageSize=1')).json as {
      nextPageToken: string;
    };
    for (const [reader, list] of [
      [second, 'tenants'],
      [admin, 'users'],
      [admin, 'audit'],
    ] as const) {
      const answer = await reader.get(`/v1/admin/${list}?pageToken=${nextPageToken}`);
      expectProblem(answer, 400, 'bff_invalid_input');
    }
  });

  it.each<[Partial<TenantRecord>]>([
    [{ name: 'Zażółć „Ltd” 👋🏽' }],
    [{ projectId: 'Another_project-1' }],
    [{ environment: 'staging-dev' }],
    [{ plane: 'admin' }],
    [{ name: 'Both', environment: 'staging' }],
    [{}],
  ])('is changed by %j and in nothing else', async (changes) => {
    const before = await read();
    const answer = await admin.patch(pathOf(), changes);
    expect(answer.status).toBe(200);
    const { updatedAt } = answer.json as TenantRecord;
    const isMoved = 'environment' in changes || 'plane' in changes;
    const record = { ...before, ...changes, updatedAt };
    expect(answer.json).toEqual(isMoved ? { ...record, credentialsErased: true } : record);
    if (Object.keys(changes).length > 0) expect(updatedAt > before.updatedAt).toBe(true);
    expect(await read()).toEqual(record);
    expect((await admin.get(pathOf('members'))).json).toMatchObject({ members: [{ userId: editorId }] });
  });

  it('is gone when it was deleted, with all that it had', async () => {
    expect((await admin.delete(pathOf())).status).toBe(204);
    for (const below of [undefined, 'members', 'credentials']) {
      expectProblem(await admin.get(pathOf(below)), 404, 'bff_tenant_not_found');
    }
    const gone = expect.objectContaining({ tenant: tenant.id }) as unknown;
    expect((await userOf(admin, the.editor.email)).memberships).not.toContainEqual(gone);
    expect((await admin.post('/v1/admin/tenants', tenant)).status).toBe(201);
    expectProblem(await admin.get(pathOf('credentials')), 404, 'bff_not_found');
    expect((await admin.get(pathOf('members'))).json).toEqual({ members: [] });
    expectProblem(await call(), 404, 'bff_tenant_not_found');
  });

  it('shows nothing of what befell another one that had its id before', async () => {
    bff.sinch.production.answer({ status: 500, body: {} });
    expect((await call()).status).toBe(502);
    await admin.delete(pathOf());
    const created = await admin.post('/v1/admin/tenants', tenant);
    expect(created.json).toMatchObject({ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null });
  });

  it('clashes with its id, and with its project in its environment alone', async () => {
    const other = statement();
    const before = await entriesOf(admin, '/v1/admin/tenants');
    const create = (changes: object) => admin.post('/v1/admin/tenants', { ...other, ...changes });
    expectProblem(await create({ id: tenant.id }), 409, 'bff_conflict');
    expectProblem(await create({ projectId: tenant.projectId }), 409, 'bff_conflict');
    expectProblem(await create({ projectId: tenant.projectId, plane: 'admin' }), 409, 'bff_conflict');
    expect(await entriesOf(admin, '/v1/admin/tenants')).toEqual(before);
    expect((await create({ projectId: tenant.projectId, environment: 'staging' })).status).toBe(201);
    const moved = admin.patch(pathOf(undefined, other.id), { environment: 'production' });
    expectProblem(await moved, 409, 'bff_conflict');
    expect((await admin.patch(pathOf(undefined, other.id), { projectId: 'own' })).status).toBe(200);
    const taken = { environment: 'production', projectId: tenant.projectId };
    expectProblem(await admin.patch(pathOf(undefined, other.id), taken), 409, 'bff_conflict');
    expect(await read(other.id)).toMatchObject({ environment: 'staging', projectId: 'own' });
  });
});

describe('no tenant', () => {
  const credentials = { scheme: 'oauth2', keyId: 'k-1', keySecret: 'a-canary-secret' };
  const bad: [string, object][] = [
    ...['', 'A', 'a_b', 'ä', 'a b', 'a/b', 'a.', 'x'.repeat(64), 'a\n', 7, null, ['a']].map(
      (id): [string, object] => [`with the id ${JSON.stringify(id)}`, { id }],
    ),
    ['with credentials in it', { credentials }],
    ['with members in it', { members: [] }],
    ['with dates', { createdAt: '2026-01-01T00:00:00.000Z' }],
    ['with a past', { lastUpstreamErrorCode: null }],
    ['without a name', { name: undefined }],
    ['with an empty name', { name: '' }],
    ['with a name of control characters', { name: 'a\u001b[31m' }],
    ['with a long name', { name: 'x'.repeat(256) }],
    ['without a project', { projectId: undefined }],
    ['with a path for a project', { projectId: '../x' }],
    ['with an unknown environment', { environment: 'Production' }],
    ['without an environment', { environment: undefined }],
    ['with an unknown plane', { plane: 'internal' }],
    ['with a server', { url: 'http://127.0.0.1' }],
  ];

  it.each(bad)('%s is created', async (_, changes) => {
    const before = await entriesOf(admin, '/v1/admin/tenants');
    const answer = await admin.post('/v1/admin/tenants', { ...statement(), ...changes });
    expectProblem(answer, 400, 'bff_invalid_input');
    expect(await entriesOf(admin, '/v1/admin/tenants')).toEqual(before);
  });

  it.each<[string, object]>([
    ['its id', { id: 'another' }],
    ['even the same id', { id: 't-1' }],
    ['an envelope', { tenant: { name: 'Nested' } }],
    ['credentials that lack a secret', { credentials: { ...credentials, keySecret: undefined } }],
    ['null for a name', { name: null }],
    ['a list', []],
    ...bad.slice(-3).filter(([, changes]) => !Object.values(changes).includes(undefined)),
  ])('is changed by a body with %s', async (_, body) => {
    const before = await read();
    expectProblem(await admin.patch(pathOf(), body), 400, 'bff_invalid_input');
    expectProblem(await admin.post('/v1/admin/tenants', { tenant: statement() }), 400, 'bff_invalid_input');
    expect(await read()).toEqual(before);
  });

  it.each(['nowhere', 'ACME', 'acme-', '__proto__', 'constructor', 'x'.repeat(64)])(
    'is found as %s',
    async (id) => {
      const role = { role: 'viewer' };
      const key = credentials;
      const member = pathOf(`members/${editorId}`, id);
      for (const asked of [
        ...[admin.get(pathOf(undefined, id)), admin.patch(pathOf(undefined, id), { name: 'x' })],
        ...[admin.delete(pathOf(undefined, id)), admin.get(pathOf('members', id)), admin.put(member, role)],
        ...[admin.delete(member), admin.get(pathOf('credentials', id))],
        ...[admin.put(pathOf('credentials', id), key), admin.delete(pathOf('credentials', id))],
        ...[admin.post(pathOf('credentials/check', id)), admin.post(pathOf('credentials/check', id), key)],
      ]) {
        expectProblem(await asked, 404, 'bff_tenant_not_found');
      }
    },
  );
});

describe('a change counts at the next request (AZT-13):', () => {
  it('a name, in the list of tenants', async () => {
    await admin.patch(pathOf(), { name: 'Renamed' });
    expect(await entriesOf(editor, '/v1/tenants')).toContainEqual(
      expect.objectContaining({ id: tenant.id, name: 'Renamed' }),
    );
  });

  it('a project, in the path of the call', async () => {
    expect((await call()).status).toBe(200);
    await admin.patch(pathOf(), { projectId: `moved-${tenant.projectId}` });
    expect((await call()).status).toBe(200);
    const urls = bff.sinch.production.requests.map(({ url }) => url);
    expect(urls).toEqual(
      [tenant.projectId, `moved-${tenant.projectId}`].map((p) => `/v1/projects/${p}/whatsapp`),
    );
  });

  it('the plane, which shuts members out and lets them in again', async () => {
    expect((await call()).status).toBe(200);
    await admin.patch(pathOf(), { plane: 'admin' });
    expectProblem(await call(), 403, 'bff_role_required');
    await admin.patch(pathOf(), { plane: 'public', credentials: credentialsOf(tenant.id) });
    expect((await call()).status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('the environment, which moves calls to its server and tokens to its endpoint', async () => {
    expect((await call()).status).toBe(200);
    await admin.patch(pathOf(), {
      environment: 'staging-dev',
      credentials: credentialsOf(tenant.id),
    });
    expect((await call()).status).toBe(200);
    expect(bff.sinch['staging-dev'].lastRequest.headers.authorization).toMatch(
      new RegExp(`^Bearer token-staging-dev-${tenant.id}-key-`),
    );
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.allBut('production', 'staging-dev').requests).toEqual([]);
    const asked = Object.entries(bff.sinch.tokens).map(([name, { requests }]) => [name, requests.length]);
    expect(Object.fromEntries(asked)).toMatchObject({ production: 1, 'staging-dev': 2, staging: 0 });
  });

  it('its end', async () => {
    await admin.delete(pathOf());
    expectProblem(await call(), 404, 'bff_tenant_not_found');
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a member', () => {
  it('is listed with name and address, and is created, changed and removed', async () => {
    const viewer = await userOf(admin, the.viewer.email);
    const record = (role: string) => ({ userId: viewer.id, email: viewer.email, name: viewer.name, role });
    for (const role of ['viewer', 'editor', 'editor']) {
      const put = await admin.put(pathOf(`members/${viewer.id}`), { role });
      expect({ status: put.status, json: put.json }).toEqual({ status: 200, json: record(role) });
    }
    for (const size of [1, 2]) {
      const members = await entriesOf<{ userId: string }>(admin, pathOf('members'), size);
      expect(members.map(({ userId }) => userId).sort()).toEqual([editorId, viewer.id].sort());
      expect(members).toContainEqual(record('editor'));
    }
    expect((await admin.delete(pathOf(`members/${viewer.id}`))).status).toBe(204);
    expectProblem(await admin.delete(pathOf(`members/${viewer.id}`)), 404, 'bff_not_found');
    expect((await admin.get(pathOf('members'))).json).toMatchObject({ members: [{ userId: editorId }] });
  });

  it.each([NOBODY, 'no-uuid', '__proto__', 'x'.repeat(300)])('is nobody with the id %s', async (id) => {
    expectProblem(await admin.put(pathOf(`members/${id}`), { role: 'viewer' }), 404, 'bff_not_found');
    expectProblem(await admin.delete(pathOf(`members/${id}`)), 404, 'bff_not_found');
  });

  it.each([{}, { role: 'admin' }, { role: null }, { role: 'viewer', userId: NOBODY }, ['viewer']])(
    'is none by %j',
    async (body) => {
      expectProblem(await admin.put(pathOf(`members/${editorId}`), body), 400, 'bff_invalid_input');
      expect((await admin.get(pathOf('members'))).json).toMatchObject({ members: [{ role: 'editor' }] });
    },
  );

  it('has the new role at the next request of a running session', async () => {
    const path = pathOf(`members/${editorId}`);
    const write = (): Promise<Answer> => perform(editor, 'comments.create', tenant.id);
    await admin.put(path, { role: 'viewer' });
    expectProblem(await write(), 403, 'bff_role_required');
    expect((await call()).status).toBe(200);
    await admin.put(path, { role: 'editor' });
    expect((await write()).status).toBe(200);
    await admin.delete(path);
    expectProblem(await call(), 404, 'bff_tenant_not_found');
    expect(bff.sinch.all.requests).toHaveLength(2);
  });
});

describe('the record of a tenant', () => {
  it('shows its last success and its last error at the upstream, and nothing of other tenants', async () => {
    expect((await call()).status).toBe(200);
    const lastUpstreamSuccessAt = new Date(bff.now()).toISOString();
    expect(await read()).toMatchObject({ lastUpstreamSuccessAt, lastUpstreamErrorCode: null });
    bff.turnClock(1_000);
    const body = { errorCode: 'account_not_found', message: 'Account not found.', resolution: 'Check.' };
    bff.sinch.production.answer({ status: 404, body });
    await call();
    expect(await read()).toMatchObject({ lastUpstreamSuccessAt, lastUpstreamErrorCode: 'account_not_found' });
    bff.sinch.production.answer({ status: 200, body: 'no json' });
    await call();
    expect((await read()).lastUpstreamErrorCode).toBe('bff_upstream_invalid_response');
    expect(await read('orchard')).toMatchObject({ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null });
  });
});

describe('two admins at once', () => {
  it('keep the changes of each other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [name, projectId] = [`Round ${round}`, `round-${tenant.id}-${round}`];
      const both = [admin.patch(pathOf(), { name }), second.patch(pathOf(), { projectId })];
      expect(statuses(await Promise.all(both))).toEqual([200, 200]);
      expect(await read()).toMatchObject({ name, projectId });
    }
  });

  it('create one tenant of one id', async () => {
    const stated = statement();
    const other = { ...stated, name: 'The other', projectId: 'the-other' };
    const both = [admin.post('/v1/admin/tenants', stated), second.post('/v1/admin/tenants', other)];
    expect(statuses(await Promise.all(both))).toEqual([201, 409]);
  });

  it('come to one end when one deletes what the other changes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const stated = statement();
      await admin.post('/v1/admin/tenants', stated);
      const path = pathOf(undefined, stated.id);
      const [deleted, patched, member, key] = await Promise.all([
        ...[admin.delete(path), second.patch(path, { name: 'Changed' })],
        ...[second.put(`${path}/members/${editorId}`, { role: 'viewer' })],
        ...[second.put(`${path}/credentials`, { scheme: 'basic', keyId: 'k', keySecret: 's' })],
      ] as const);
      expect(deleted.status).toBe(204);
      for (const { status } of [patched, member, key]) expect([200, 404, 409]).toContain(status);
      expectProblem(await second.get(path), 404, 'bff_tenant_not_found');
    }
  });
});
