import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BrowserRequest } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { type CertifiedProvider } from '../support/openid/certified-provider.js';
import { signInAt } from '../support/openid/signing-in.js';
import { documentOf, startWithProvider } from '../support/openid/start-with-provider.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  ({ provider, bff } = await startWithProvider());
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

describe('the user of a callback', () => {
  it.each(['nobody-known', 'gone'])('%s is rejected like any failed sign-in', async (subject) => {
    const browser = bff.browser();
    expectProblem(await signInAt(provider, browser, subject), 401, 'bff_invalid_credentials');
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
  });

  it('is not found by the address that the provider names (AUT-04)', async () => {
    provider.profiles.set('impostor', { email: the.editor.email, name: 'Ed Itor' });
    expectProblem(await signInAt(provider, bff.browser(), 'impostor'), 401, 'bff_invalid_credentials');
  });

  it('is created if the policy says so, without role or membership, and not under the address of another user', async () => {
    provider.profiles.set('fresh', { email: 'fresh@partner.example', name: 'Fre Sh' });
    provider.profiles.set('taker', { email: the.editor.email, name: 'Ta Ker' });
    const fresh = bff.browser('partners');
    expect((await signInAt(provider, fresh, 'fresh')).status).toBe(302);
    expect(await documentOf(fresh)).toMatchObject({
      user: { email: 'fresh@partner.example', name: 'Fre Sh', role: 'user' },
      tenants: [],
    });
    const taker = bff.browser('partners');
    expect((await signInAt(provider, taker, 'taker')).status).toBe(302);
    expect((await documentOf(taker)).user.email).toMatch(/\.invalid$/);
    expect((await signInAt(provider, bff.browser('partners'), 'fresh')).status).toBe(302);
  });

  it('never gets the record of the user to whom an operator gives the same address (AUT-04)', async () => {
    const ops = { email: 'ops@bff.example', name: 'Ops', password: 'ops-canary-password', role: 'admin' };
    provider.profiles.set('squatter', { email: ops.email, name: 'Ops' });
    const squatter = bff.browser('partners');
    expect((await signInAt(provider, squatter, 'squatter')).status).toBe(302);
    expect(await documentOf(squatter)).toMatchObject({ user: { email: ops.email, role: 'user' } });
    expect(await bff.apply({ users: [ops] })).toEqual({
      result: [{ record: `user ${ops.email}`, outcome: 'created' }],
    });
    expect(await documentOf(squatter)).toMatchObject({ user: { role: 'user' } });
    expect((await signInAt(provider, squatter, 'squatter')).status).toBe(302);
    expect(await documentOf(squatter)).toMatchObject({ user: { role: 'user' }, tenants: [] });
    expect(await documentOf(await bff.signedIn(ops))).toMatchObject({ user: { role: 'admin' } });
  });

  it('that an earlier sign-in created is updated by the record that an operator applies for the same identity', async () => {
    provider.profiles.set('early', { email: 'early@partner.example', name: 'Ear Ly' });
    const browser = bff.browser('partners');
    await signInAt(provider, browser, 'early');
    const { user } = await documentOf(browser);
    const record = {
      email: 'early@partner.example',
      name: 'Early',
      memberships: [{ tenant: 'acme', role: 'viewer' }],
    };
    const identity = { issuer: provider.issuer, subject: 'early' };
    expect(await bff.apply({ users: [{ ...record, identity }] })).toMatchObject({
      result: [{ record: 'user early@partner.example', outcome: 'updated' }, { outcome: 'created' }],
    });
    expect(await documentOf(browser)).toMatchObject({
      user: { ...user, name: 'Early' },
      tenants: [{ id: 'acme' }],
    });
    expect(await bff.operate('users.show', { email: record.email })).toMatchObject({ result: { identity } });
  });

  it('loses the session at a partner’s provider on becoming an admin', async () => {
    const browser = bff.browser('partners');
    expect((await signInAt(provider, browser, 'fresh')).status).toBe(302);
    const { user } = await documentOf(browser);
    await bff.operate('users.update', { email: user.id, changes: { role: 'admin' } });
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    await bff.operate('users.update', { email: user.id, changes: { role: 'user' } });
  });

  it('is never an admin at the provider of a partner frontend (ELV-09)', async () => {
    const browser = bff.browser('partners');
    expectProblem(await signInAt(provider, browser, 'boss'), 403, 'bff_role_required');
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
    expect((await signInAt(provider, bff.browser('admin'), 'boss')).status).toBe(302);
  });

  it('does not receive the error texts of the provider after cancelling there (AUT-07)', async () => {
    const browser = bff.browser();
    const answer = await signInAt(provider, browser, 'ada', { proof: { cancel: true } });
    const problem = expectProblem(answer, 401, 'bff_invalid_credentials');
    expect(JSON.stringify(problem)).not.toMatch(/access_denied|their mind/);
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
  });
});

describe('a user without a password', () => {
  it.each<[what: string, request: BrowserRequest]>([
    ['a valid body', { body: { current: 'x', new: 'a-new-canary-password' } }],
    ['a weak password', { body: { current: 'x', new: 'x' } }],
    ['an unknown member', { body: { unknown: 1 } }],
    ['another content type', { rawBody: 'x', headers: { 'content-type': 'text/plain' } }],
  ])('cannot change one with %s', async (_, request) => {
    const browser = bff.browser();
    await signInAt(provider, browser, 'ada');
    const answer = await browser.request('PUT', '/session/password', request);
    expectProblem(answer, 403, 'bff_role_required');
  });
});
