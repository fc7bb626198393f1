import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { entriesOf, type TenantRecord, userOf } from '../support/administering.js';
import { expectProblem } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { TENANTS, TenantsFixture } from './tenants-fixture.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let fixture: TenantsFixture;
beforeAll(async () => {
  fixture = await TenantsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createTenant());
afterEach(() => fixture.deleteTenant());

describe('a tenant', () => {
  it('a tenant is created with the given values, dates and no upstream history', async () => {
    const body = fixture.newTenant();
    const created = await fixture.admin.post(TENANTS, body);
    expect(created.status).toBe(201);
    const date = expect.stringMatching(ISO) as unknown;
    expect(created.json).toEqual({
      ...body,
      ...{ createdAt: date, updatedAt: date },
      ...{ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null },
    });
    expect(await fixture.read(body.id)).toEqual(created.json);
    expect(await entriesOf(fixture.second, TENANTS)).toContainEqual(created.json);
  });

  it.each([1, 4, 100])(
    'the list in pages of %s has each tenant once, in the order of the ids',
    async (size) => {
      const found = await entriesOf<TenantRecord>(fixture.admin, TENANTS, size);
      const ids = found.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort());
      expect(ids).toEqual(
        expect.arrayContaining([...the.directory.tenants.map(({ id }) => id), fixture.tenant.id]),
      );
      const { nextPageToken } = (await fixture.admin.get('/v1/admin/tenants?pageSize=1')).json as {
        nextPageToken: string;
      };
      for (const [reader, list] of [
        [fixture.second, 'tenants'],
        [fixture.admin, 'users'],
        [fixture.admin, 'audit'],
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
    const before = await fixture.read();
    const answer = await fixture.admin.patch(fixture.pathOf(), changes);
    expect(answer.status).toBe(200);
    const { updatedAt } = answer.json as TenantRecord;
    const isMoved = 'environment' in changes || 'plane' in changes;
    const record = { ...before, ...changes, updatedAt };
    expect(answer.json).toEqual(isMoved ? { ...record, credentialsErased: true } : record);
    if (Object.keys(changes).length > 0) expect(updatedAt > before.updatedAt).toBe(true);
    expect(await fixture.read()).toEqual(record);
    expect((await fixture.admin.get(fixture.pathOf('members'))).json).toMatchObject({
      members: [{ userId: fixture.editorId }],
    });
  });

  it('a deleted tenant loses its members and credentials', async () => {
    expect((await fixture.admin.delete(fixture.pathOf())).status).toBe(204);
    for (const below of [undefined, 'members', 'credentials']) {
      expectProblem(await fixture.admin.get(fixture.pathOf(below)), 404, 'bff_tenant_not_found');
    }
    const gone = expect.objectContaining({ tenant: fixture.tenant.id }) as unknown;
    expect((await userOf(fixture.admin, the.editor.email)).memberships).not.toContainEqual(gone);
    expect((await fixture.admin.post(TENANTS, fixture.tenant)).status).toBe(201);
    expectProblem(await fixture.admin.get(fixture.pathOf('credentials')), 404, 'bff_not_found');
    expect((await fixture.admin.get(fixture.pathOf('members'))).json).toEqual({ members: [] });
    expectProblem(await fixture.call(), 404, 'bff_tenant_not_found');
  });

  it('a tenant does not show the upstream history of a deleted tenant with the same id', async () => {
    fixture.bff.sinch.production.answer({ status: 500, body: {} });
    expect((await fixture.call()).status).toBe(502);
    await fixture.admin.delete(fixture.pathOf());
    const created = await fixture.admin.post(TENANTS, fixture.tenant);
    expect(created.json).toMatchObject({ lastUpstreamSuccessAt: null, lastUpstreamErrorCode: null });
  });

  it('the id of a tenant is unique, and its project is unique within an environment', async () => {
    const other = fixture.newTenant();
    const before = await entriesOf(fixture.admin, TENANTS);
    const create = (changes: object) => fixture.admin.post(TENANTS, { ...other, ...changes });
    expectProblem(await create({ id: fixture.tenant.id }), 409, 'bff_conflict');
    expectProblem(await create({ projectId: fixture.tenant.projectId }), 409, 'bff_conflict');
    expectProblem(await create({ projectId: fixture.tenant.projectId, plane: 'admin' }), 409, 'bff_conflict');
    expect(await entriesOf(fixture.admin, TENANTS)).toEqual(before);
    expect((await create({ projectId: fixture.tenant.projectId, environment: 'staging' })).status).toBe(201);
    const moved = fixture.admin.patch(fixture.pathOf(undefined, other.id), { environment: 'production' });
    expectProblem(await moved, 409, 'bff_conflict');
    expect(
      (await fixture.admin.patch(fixture.pathOf(undefined, other.id), { projectId: 'own' })).status,
    ).toBe(200);
    const taken = { environment: 'production', projectId: fixture.tenant.projectId };
    expectProblem(await fixture.admin.patch(fixture.pathOf(undefined, other.id), taken), 409, 'bff_conflict');
    expect(await fixture.read(other.id)).toMatchObject({ environment: 'staging', projectId: 'own' });
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
    const before = await entriesOf(fixture.admin, TENANTS);
    const answer = await fixture.admin.post(TENANTS, { ...fixture.newTenant(), ...changes });
    expectProblem(answer, 400, 'bff_invalid_input');
    expect(await entriesOf(fixture.admin, TENANTS)).toEqual(before);
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
    const before = await fixture.read();
    expectProblem(await fixture.admin.patch(fixture.pathOf(), body), 400, 'bff_invalid_input');
    expectProblem(
      await fixture.admin.post(TENANTS, { tenant: fixture.newTenant() }),
      400,
      'bff_invalid_input',
    );
    expect(await fixture.read()).toEqual(before);
  });

  it.each(['nowhere', 'ACME', 'acme-', '__proto__', 'constructor', 'x'.repeat(64)])(
    'every operation on the unknown tenant %s is rejected with bff_tenant_not_found',
    async (id) => {
      const role = { role: 'viewer' };
      const key = credentials;
      const member = fixture.pathOf(`members/${fixture.editorId}`, id);
      for (const asked of [
        ...[
          fixture.admin.get(fixture.pathOf(undefined, id)),
          fixture.admin.patch(fixture.pathOf(undefined, id), { name: 'x' }),
        ],
        ...[
          fixture.admin.delete(fixture.pathOf(undefined, id)),
          fixture.admin.get(fixture.pathOf('members', id)),
          fixture.admin.put(member, role),
        ],
        ...[fixture.admin.delete(member), fixture.admin.get(fixture.pathOf('credentials', id))],
        ...[
          fixture.admin.put(fixture.pathOf('credentials', id), key),
          fixture.admin.delete(fixture.pathOf('credentials', id)),
        ],
        ...[
          fixture.admin.post(fixture.pathOf('credentials/check', id)),
          fixture.admin.post(fixture.pathOf('credentials/check', id), key),
        ],
      ]) {
        expectProblem(await asked, 404, 'bff_tenant_not_found');
      }
    },
  );
});

describe('the record of a tenant', () => {
  it('the record shows the last upstream success and error of this tenant only', async () => {
    expect((await fixture.call()).status).toBe(200);
    const lastUpstreamSuccessAt = new Date(fixture.bff.now()).toISOString();
    expect(await fixture.read()).toMatchObject({ lastUpstreamSuccessAt, lastUpstreamErrorCode: null });
    fixture.bff.turnClock(1_000);
    const body = { errorCode: 'account_not_found', message: 'Account not found.', resolution: 'Check.' };
    fixture.bff.sinch.production.answer({ status: 404, body });
    await fixture.call();
    expect(await fixture.read()).toMatchObject({
      lastUpstreamSuccessAt,
      lastUpstreamErrorCode: 'account_not_found',
    });
    fixture.bff.sinch.production.answer({ status: 200, body: 'no json' });
    await fixture.call();
    expect((await fixture.read()).lastUpstreamErrorCode).toBe('bff_upstream_invalid_response');
    expect(await fixture.read('orchard')).toMatchObject({
      lastUpstreamSuccessAt: null,
      lastUpstreamErrorCode: null,
    });
  });
});
