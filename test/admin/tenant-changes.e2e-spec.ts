import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { entriesOf } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { credentialsOf, TENANTS, TenantsFixture } from './tenants-fixture.js';

let fixture: TenantsFixture;
beforeAll(async () => {
  fixture = await TenantsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createTenant());
afterEach(() => fixture.deleteTenant());

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();

describe('a change takes effect at the next request (AZT-13)', () => {
  it('a new name appears in the list of tenants', async () => {
    await fixture.admin.patch(fixture.pathOf(), { name: 'Renamed' });
    expect(await entriesOf(fixture.editor, '/v1/tenants')).toContainEqual(
      expect.objectContaining({ id: fixture.tenant.id, name: 'Renamed' }),
    );
  });

  it('a new project appears in the path of the next call', async () => {
    expect((await fixture.call()).status).toBe(200);
    await fixture.admin.patch(fixture.pathOf(), { projectId: `moved-${fixture.tenant.projectId}` });
    expect((await fixture.call()).status).toBe(200);
    const urls = fixture.bff.sinch.production.requests.map(({ url }) => url);
    expect(urls).toEqual(
      [fixture.tenant.projectId, `moved-${fixture.tenant.projectId}`].map(
        (p) => `/v1/projects/${p}/whatsapp`,
      ),
    );
  });

  it('the admin plane excludes members, and the public plane admits them again', async () => {
    expect((await fixture.call()).status).toBe(200);
    await fixture.admin.patch(fixture.pathOf(), { plane: 'admin' });
    expectProblem(await fixture.call(), 403, 'bff_role_required');
    await fixture.admin.patch(fixture.pathOf(), {
      plane: 'public',
      credentials: credentialsOf(fixture.tenant.id),
    });
    expect((await fixture.call()).status).toBe(200);
    expect(fixture.bff.sinch.production.requests).toHaveLength(2);
    expect(fixture.bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('a new environment directs calls to its server and token requests to its endpoint', async () => {
    expect((await fixture.call()).status).toBe(200);
    await fixture.admin.patch(fixture.pathOf(), {
      environment: 'staging-dev',
      credentials: credentialsOf(fixture.tenant.id),
    });
    expect((await fixture.call()).status).toBe(200);
    expect(fixture.bff.sinch['staging-dev'].lastRequest.headers.authorization).toMatch(
      new RegExp(`^Bearer token-staging-dev-${fixture.tenant.id}-key-`),
    );
    expect(fixture.bff.sinch.production.requests).toHaveLength(1);
    expect(fixture.bff.sinch.allBut('production', 'staging-dev').requests).toEqual([]);
    const asked = Object.entries(fixture.bff.sinch.tokens).map(([name, { requests }]) => [
      name,
      requests.length,
    ]);
    expect(Object.fromEntries(asked)).toMatchObject({ production: 1, 'staging-dev': 2, staging: 0 });
  });

  it('a deleted tenant serves no call', async () => {
    await fixture.admin.delete(fixture.pathOf());
    expectProblem(await fixture.call(), 404, 'bff_tenant_not_found');
    expect(fixture.bff.sinch.all.requests).toEqual([]);
  });
});

describe('concurrent changes by two admins', () => {
  it('concurrent changes of different members are both kept', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [name, projectId] = [`Round ${round}`, `round-${fixture.tenant.id}-${round}`];
      const both = [
        fixture.admin.patch(fixture.pathOf(), { name }),
        fixture.second.patch(fixture.pathOf(), { projectId }),
      ];
      expect(statuses(await Promise.all(both))).toEqual([200, 200]);
      expect(await fixture.read()).toMatchObject({ name, projectId });
    }
  });

  it('concurrent creations with the same id create one tenant', async () => {
    const body = fixture.newTenant();
    const other = { ...body, name: 'The other', projectId: 'the-other' };
    const both = [fixture.admin.post(TENANTS, body), fixture.second.post(TENANTS, other)];
    expect(statuses(await Promise.all(both))).toEqual([201, 409]);
  });

  it('a tenant that is deleted during concurrent changes remains deleted', async () => {
    for (let round = 0; round < 5; round += 1) {
      const body = fixture.newTenant();
      await fixture.admin.post(TENANTS, body);
      const path = fixture.pathOf(undefined, body.id);
      const [deleted, patched, member, key] = await Promise.all([
        ...[fixture.admin.delete(path), fixture.second.patch(path, { name: 'Changed' })],
        ...[fixture.second.put(`${path}/members/${fixture.editorId}`, { role: 'viewer' })],
        ...[fixture.second.put(`${path}/credentials`, { scheme: 'basic', keyId: 'k', keySecret: 's' })],
      ] as const);
      expect(deleted.status).toBe(204);
      for (const { status } of [patched, member, key]) expect([200, 404, 409]).toContain(status);
      expectProblem(await fixture.second.get(path), 404, 'bff_tenant_not_found');
    }
  });
});
