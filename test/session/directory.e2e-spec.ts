import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const many = Array.from({ length: 105 }, (_, index) => ({
  ...the.bare,
  id: `many-${String(index).padStart(3, '0')}`,
  projectId: `many-${index}`,
}));
const collector = {
  email: 'collector@many.example',
  name: 'Col Lector',
  password: 'collector-canary-password',
  memberships: [...many, the.acme].map(({ id }) => ({ tenant: id, role: 'viewer' })),
};

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    directory: {
      ...the.directory,
      tenants: [...the.directory.tenants, ...many],
      users: [...the.directory.users, collector],
    },
  });
});
afterAll(() => bff.close());

const tenantsIn = (answer: Answer): string[] =>
  (answer.json as { tenants: { id: string }[] }).tenants.map(({ id }) => id);

describe('the tenants in the session document', () => {
  it('are the first hundred memberships', async () => {
    const browser = await bff.signedIn(collector);
    const expected = ['acme', ...many.slice(0, 99).map(({ id }) => id)];
    expect(tenantsIn(await browser.get('/session'))).toEqual(expected);
  });

  it.each<[who: string, user: { email: string; password: string }, tenants: string[]]>([
    ['the editor', the.editor, ['acme']],
    ['the viewer', the.viewer, ['acme']],
    ['the partner', the.partner, []],
    ['the admin', the.admin, []],
    ['a user with many memberships', collector, ['acme']],
  ])('of %s are only those of the frontend', async (_, user, tenants) => {
    const browser = bff.browser('narrow');
    expect(tenantsIn(await browser.signIn(user))).toEqual(tenants);
    expect(tenantsIn(await browser.get('/session'))).toEqual(tenants);
  });

  it('are only the memberships, even for an admin on an admin frontend', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    expect((await browser.get('/session')).json).toMatchObject({
      user: { role: 'admin' },
      frontend: { name: 'admin', class: 'admin' },
      tenants: [{ id: 'harbour', role: 'viewer' }],
    });
  });
});

describe('a change of the directory takes effect at the next request of a session (AZT-13, SES-20)', () => {
  const newcomer = {
    email: 'new@acme.example',
    name: 'New Comer',
    password: 'newcomer-canary-password',
  };
  const editorsTitle = 'comments.create' as const;

  it('for a membership that is granted, changed and revoked', async () => {
    await bff.apply({ users: [newcomer] });
    const browser = await bff.signedIn(newcomer);
    expectProblem(await perform(browser, 'account.get'), 404, 'bff_tenant_not_found');
    const grant = (...roles: string[]): Promise<unknown> =>
      bff.apply(
        { users: [{ ...newcomer, memberships: roles.map((role) => ({ tenant: 'acme', role })) }] },
        { prune: roles.length === 0 },
      );

    await grant('viewer');
    expect(tenantsIn(await browser.get('/session'))).toEqual(['acme']);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expectProblem(await perform(browser, editorsTitle), 403, 'bff_role_required');

    await grant('editor');
    bff.sinch.reset();
    expect((await perform(browser, editorsTitle)).status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(1);

    await grant('viewer');
    bff.sinch.reset();
    expectProblem(await perform(browser, editorsTitle), 403, 'bff_role_required');

    await bff.apply(
      { users: [...the.directory.users, collector, { ...newcomer, memberships: [] }] },
      { prune: true },
    );
    expect(tenantsIn(await browser.get('/session'))).toEqual([]);
    expectProblem(await perform(browser, 'account.get'), 404, 'bff_tenant_not_found');
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('for a global role', async () => {
    await bff.apply({ users: [newcomer] });
    const browser = await bff.signedIn(newcomer, 'admin');
    expectProblem(await perform(browser, 'account.get', 'summit'), 404, 'bff_tenant_not_found');
    await bff.apply({ users: [{ ...newcomer, role: 'admin' }] });
    expect((await browser.get('/session')).json).toMatchObject({ user: { role: 'admin' } });
    expectProblem(await perform(browser, 'account.get', 'summit'), 403, 'bff_elevation_required');
    await bff.apply({ users: [{ ...newcomer, role: 'user' }] });
    expectProblem(await perform(browser, 'account.get', 'summit'), 404, 'bff_tenant_not_found');
  });

  it('for a name', async () => {
    await bff.apply({ users: [newcomer] });
    const browser = await bff.signedIn(newcomer);
    await bff.apply({ users: [{ ...newcomer, name: 'Renamed' }] });
    expect((await browser.get('/session')).json).toMatchObject({ user: { name: 'Renamed' } });
  });

  it('for a removed user, whose session does not return when the user is created again', async () => {
    await bff.apply({ users: [newcomer] });
    const browser = await bff.signedIn(newcomer);
    expect((await browser.get('/session')).status).toBe(200);
    await bff.apply({ users: [...the.directory.users, collector] }, { prune: true });
    bff.sinch.reset();
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
    const { email, password } = newcomer;
    expectProblem(await browser.post('/session', { email, password }), 401, 'bff_invalid_credentials');
    await bff.apply({ users: [newcomer] });
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('for a tenant that is moved to the admin plane or removed', async () => {
    const harbour = { ...the.harbour, id: 'moving', projectId: 'moving' };
    await bff.apply({
      tenants: [harbour],
      users: [{ ...newcomer, memberships: [{ tenant: 'moving', role: 'editor' }] }],
    });
    const browser = await bff.signedIn(newcomer);
    bff.sinch.reset();
    expect((await perform(browser, 'account.get', 'moving')).status).toBe(200);
    expect(bff.sinch.staging.requests).toHaveLength(1);
    bff.sinch.reset();
    const { credentials: _credentials, ...moved } = { ...harbour, plane: 'admin' };
    await bff.apply({ tenants: [moved] });
    expectProblem(await perform(browser, 'account.get', 'moving'), 403, 'bff_role_required');
    await bff.apply({ tenants: [...the.directory.tenants, ...many] }, { prune: true });
    expectProblem(await perform(browser, 'account.get', 'moving'), 404, 'bff_tenant_not_found');
    expect(bff.sinch.all.requests).toEqual([]);
  });
});
