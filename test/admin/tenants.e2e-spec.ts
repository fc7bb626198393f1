import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, type TenantRecord, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const UNKNOWN_USER = '00000000-0000-4000-8000-000000000000';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let bff: Bff;
let admin: Browser;
let second: Browser;
let editor: Browser;
let editorId: string;
let number = 0;
/** Created for each test: public plane, production, with credentials and the editor as a member. */
let tenant: ReturnType<typeof newTenant>;

beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  admin = await administrating(bff);
  second = await administrating(bff, deputy);
  editor = await bff.signedIn(the.editor);
  editorId = (await userOf(admin, the.editor.email)).id;
});
afterAll(() => bff.close());

beforeEach(async () => {
  tenant = newTenant();
  expect((await admin.post('/v1/admin/tenants', tenant)).status).toBe(201);
  expect((await admin.put(pathOf('credentials'), credentialsOf(tenant.id))).status).toBe(200);
  expect((await admin.put(pathOf(`members/${editorId}`), { role: 'editor' })).status).toBe(200);
  bff.sinch.reset();
});

afterEach(() => admin.delete(pathOf()));

function newTenant() {
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
  it('a tenant is created with the given values, dates and no upstream history', async () => {
    const body = newTenant();
    const created = await admin.post('/v1/admin/tenants', body);
    expect(created.status).toBe(201);
    const date = expect.stringMatching(ISO) as unknown;
    expect(created.json).toEqual({
      ...body,
      ...{ createdAt: date, updatedAt: date },
      ...{ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null },
    });
    expect(await read(body.id)).toEqual(created.json);
    expect(await entriesOf(second, '/v1/admin/tenants')).toContainEqual(created.json);
  });

  it.each([1, 4, 100])(
    'the list in pages of %s has each tenant once, in the order of the ids',
    async (size) => {
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
    },
  );

  it.each<[Partial<TenantRecord>]>([
    [{ name: 'Zażółć „Ltd” 👋🏽' }],
    [{ projectId: 'Another_project-1' }],
    [{ environment: 'staging-dev' }],
    [{ plane: 'admin' }],
    [{ name: 'Both', environment: 'staging' }],
    [{}],
  ])('PATCH %j changes only the given members of a tenant', async (changes) => {
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

  it('a deleted tenant loses its members and credentials', async () => {
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

  it('a tenant does not show the upstream history of a deleted tenant with the same id', async () => {
    bff.sinch.production.answer({ status: 500, body: {} });
    expect((await call()).status).toBe(502);
    await admin.delete(pathOf());
    const created = await admin.post('/v1/admin/tenants', tenant);
    expect(created.json).toMatchObject({ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null });
  });

  it('the id of a tenant is unique, and its project is unique within an environment', async () => {
    const other = newTenant();
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

describe('a rejected request for a tenant', () => {
  const credentials = { scheme: 'oauth2', keyId: 'k-1', keySecret: 'a-canary-secret' };
  const bad: [string, object][] = [
    ...['', 'A', 'a_b', 'ä', 'a b', 'a/b', 'a.', 'x'.repeat(64), 'a\n', 7, null, ['a']].map(
      (id): [string, object] => [`with the id ${JSON.stringify(id)}`, { id }],
    ),
    ['with credentials', { credentials }],
    ['with members', { members: [] }],
    ['with dates', { createdAt: '2026-01-01T00:00:00.000Z' }],
    ['with an upstream history', { lastUpstreamErrorCode: null }],
    ['without a name', { name: undefined }],
    ['with an empty name', { name: '' }],
    ['with control characters in the name', { name: 'a\u001b[31m' }],
    ['with a name of 256 characters', { name: 'x'.repeat(256) }],
    ['without a project', { projectId: undefined }],
    ['with a path as the project', { projectId: '../x' }],
    ['with an unknown environment', { environment: 'Production' }],
    ['without an environment', { environment: undefined }],
    ['with an unknown plane', { plane: 'internal' }],
    ['with a URL', { url: 'http://127.0.0.1' }],
  ];

  it.each(bad)('a tenant %s is not created', async (_, changes) => {
    const before = await entriesOf(admin, '/v1/admin/tenants');
    const answer = await admin.post('/v1/admin/tenants', { ...newTenant(), ...changes });
    expectProblem(answer, 400, 'bff_invalid_input');
    expect(await entriesOf(admin, '/v1/admin/tenants')).toEqual(before);
  });

  it.each<[string, object]>([
    ['its id', { id: 'another' }],
    ['the unchanged id', { id: 't-1' }],
    ['a nested tenant', { tenant: { name: 'Nested' } }],
    ['credentials without a secret', { credentials: { ...credentials, keySecret: undefined } }],
    ['null as the name', { name: null }],
    ['an array instead of an object', []],
    ...bad.slice(-3).filter(([, changes]) => !Object.values(changes).includes(undefined)),
  ])('a tenant is not changed by a body with %s', async (_, body) => {
    const before = await read();
    expectProblem(await admin.patch(pathOf(), body), 400, 'bff_invalid_input');
    expectProblem(await admin.post('/v1/admin/tenants', { tenant: newTenant() }), 400, 'bff_invalid_input');
    expect(await read()).toEqual(before);
  });

  it.each(['nowhere', 'ACME', 'acme-', '__proto__', 'constructor', 'x'.repeat(64)])(
    'every operation on the unknown tenant %s is rejected with bff_tenant_not_found',
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

describe('a change takes effect at the next request (AZT-13)', () => {
  it('a new name appears in the list of tenants', async () => {
    await admin.patch(pathOf(), { name: 'Renamed' });
    expect(await entriesOf(editor, '/v1/tenants')).toContainEqual(
      expect.objectContaining({ id: tenant.id, name: 'Renamed' }),
    );
  });

  it('a new project appears in the path of the next call', async () => {
    expect((await call()).status).toBe(200);
    await admin.patch(pathOf(), { projectId: `moved-${tenant.projectId}` });
    expect((await call()).status).toBe(200);
    const urls = bff.sinch.production.requests.map(({ url }) => url);
    expect(urls).toEqual(
      [tenant.projectId, `moved-${tenant.projectId}`].map((p) => `/v1/projects/${p}/whatsapp`),
    );
  });

  it('the admin plane excludes members, and the public plane admits them again', async () => {
    expect((await call()).status).toBe(200);
    await admin.patch(pathOf(), { plane: 'admin' });
    expectProblem(await call(), 403, 'bff_role_required');
    await admin.patch(pathOf(), { plane: 'public', credentials: credentialsOf(tenant.id) });
    expect((await call()).status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('a new environment directs calls to its server and token requests to its endpoint', async () => {
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

  it('a deleted tenant serves no call', async () => {
    await admin.delete(pathOf());
    expectProblem(await call(), 404, 'bff_tenant_not_found');
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a member', () => {
  it('a member is created, changed, listed with name and address, and removed', async () => {
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

  it.each([UNKNOWN_USER, 'no-uuid', '__proto__', 'x'.repeat(300)])(
    'a member with the unknown user id %s is rejected with bff_not_found',
    async (id) => {
      expectProblem(await admin.put(pathOf(`members/${id}`), { role: 'viewer' }), 404, 'bff_not_found');
      expectProblem(await admin.delete(pathOf(`members/${id}`)), 404, 'bff_not_found');
    },
  );

  it.each([{}, { role: 'admin' }, { role: null }, { role: 'viewer', userId: UNKNOWN_USER }, ['viewer']])(
    'the invalid membership %j is rejected',
    async (body) => {
      expectProblem(await admin.put(pathOf(`members/${editorId}`), body), 400, 'bff_invalid_input');
      expect((await admin.get(pathOf('members'))).json).toMatchObject({ members: [{ role: 'editor' }] });
    },
  );

  it('a new role of a member takes effect at the next request of a live session', async () => {
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
  it('the record shows the last upstream success and error of this tenant only', async () => {
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

describe('concurrent changes by two admins', () => {
  it('concurrent changes of different members are both kept', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [name, projectId] = [`Round ${round}`, `round-${tenant.id}-${round}`];
      const both = [admin.patch(pathOf(), { name }), second.patch(pathOf(), { projectId })];
      expect(statuses(await Promise.all(both))).toEqual([200, 200]);
      expect(await read()).toMatchObject({ name, projectId });
    }
  });

  it('concurrent creations with the same id create one tenant', async () => {
    const body = newTenant();
    const other = { ...body, name: 'The other', projectId: 'the-other' };
    const both = [admin.post('/v1/admin/tenants', body), second.post('/v1/admin/tenants', other)];
    expect(statuses(await Promise.all(both))).toEqual([201, 409]);
  });

  it('a tenant that is deleted during concurrent changes remains deleted', async () => {
    for (let round = 0; round < 5; round += 1) {
      const body = newTenant();
      await admin.post('/v1/admin/tenants', body);
      const path = pathOf(undefined, body.id);
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
