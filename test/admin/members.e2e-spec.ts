import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { entriesOf, userOf } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { TenantsFixture } from './tenants-fixture.js';

const UNKNOWN_USER = '00000000-0000-4000-8000-000000000000';

let fixture: TenantsFixture;
beforeAll(async () => {
  fixture = await TenantsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.createTenant());
afterEach(() => fixture.deleteTenant());

describe('a member', () => {
  it('a member is created, changed, listed with name and address, and removed', async () => {
    const viewer = await userOf(fixture.admin, the.viewer.email);
    const record = (role: string) => ({ userId: viewer.id, email: viewer.email, name: viewer.name, role });
    for (const role of ['viewer', 'editor', 'editor']) {
      const put = await fixture.admin.put(fixture.pathOf(`members/${viewer.id}`), { role });
      expect({ status: put.status, json: put.json }).toEqual({ status: 200, json: record(role) });
    }
    for (const size of [1, 2]) {
      const members = await entriesOf<{ userId: string }>(fixture.admin, fixture.pathOf('members'), size);
      expect(members.map(({ userId }) => userId).sort()).toEqual([fixture.editorId, viewer.id].sort());
      expect(members).toContainEqual(record('editor'));
    }
    expect((await fixture.admin.delete(fixture.pathOf(`members/${viewer.id}`))).status).toBe(204);
    expectProblem(await fixture.admin.delete(fixture.pathOf(`members/${viewer.id}`)), 404, 'bff_not_found');
    expect((await fixture.admin.get(fixture.pathOf('members'))).json).toMatchObject({
      members: [{ userId: fixture.editorId }],
    });
  });

  it.each([UNKNOWN_USER, 'no-uuid', '__proto__', 'x'.repeat(300)])(
    'a member with the unknown user id %s is rejected with bff_not_found',
    async (id) => {
      expectProblem(
        await fixture.admin.put(fixture.pathOf(`members/${id}`), { role: 'viewer' }),
        404,
        'bff_not_found',
      );
      expectProblem(await fixture.admin.delete(fixture.pathOf(`members/${id}`)), 404, 'bff_not_found');
    },
  );

  it.each([{}, { role: 'admin' }, { role: null }, { role: 'viewer', userId: UNKNOWN_USER }, ['viewer']])(
    'the invalid membership %j is rejected',
    async (body) => {
      expectProblem(
        await fixture.admin.put(fixture.pathOf(`members/${fixture.editorId}`), body),
        400,
        'bff_invalid_input',
      );
      expect((await fixture.admin.get(fixture.pathOf('members'))).json).toMatchObject({
        members: [{ role: 'editor' }],
      });
    },
  );

  it('a new role of a member takes effect at the next request of a live session', async () => {
    const path = fixture.pathOf(`members/${fixture.editorId}`);
    const write = (): Promise<Answer> => perform(fixture.editor, 'comments.create', fixture.tenant.id);
    await fixture.admin.put(path, { role: 'viewer' });
    expectProblem(await write(), 403, 'bff_role_required');
    expect((await fixture.call()).status).toBe(200);
    await fixture.admin.put(path, { role: 'editor' });
    expect((await write()).status).toBe(200);
    await fixture.admin.delete(path);
    expectProblem(await fixture.call(), 404, 'bff_tenant_not_found');
    expect(fixture.bff.sinch.all.requests).toHaveLength(2);
  });
});
