import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating, deputy } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem, partnerInitiated } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const ACME = '/v1/tenants/acme/whatsapp';
const SUMMIT = '/v1/tenants/summit/whatsapp';
const TOKEN = { access_token: 'late-token', token_type: 'bearer', expires_in: 3600 };
const EXPIRED: Reply = { status: 401, headers: { 'www-authenticate': 'Bearer error="expired"' } };

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
});
afterAll(() => bff.close());

let round = 0;
/** Restores the directory, with new credentials that have no token. */
beforeEach(async () => {
  bff.sinch.reset();
  round += 1;
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${round}` };
  await bff.apply({
    ...the.directory,
    tenants: the.directory.tenants.map((tenant) =>
      tenant.id === 'acme' ? { ...the.acme, credentials } : tenant,
    ),
    adminCredentials: the.directory.adminCredentials.map((entry) => ({
      ...entry,
      keyId: `${entry.keyId}-${round}`,
    })),
  });
});

/** Sends a call whose token is issued only after `change`. */
async function changedDuringTokenRequest(
  tokens: 'production' | 'admin-production',
  call: () => Promise<Answer>,
  change: () => Promise<unknown>,
): Promise<Answer> {
  const endpoint = bff.sinch.tokens[tokens];
  const held = Promise.withResolvers<Reply>();
  endpoint.answer(() => held.promise);
  const requested = endpoint.nextRequest();
  const answer = call();
  await requested;
  await change();
  held.resolve({ body: TOKEN });
  return answer;
}

const operate = (command: string, input: object): Promise<unknown> =>
  bff.operate(command as 'tenants.remove', input as never);
const memberOfAcme = (role: 'viewer' | 'editor'): Promise<unknown> =>
  operate('users.grant', { email: the.editor.email, tenant: 'acme', role });

describe("a member's write that waits for a token (AZT-13)", () => {
  it.each<[name: string, change: (browser: Browser) => Promise<unknown>, status: number, code: string]>([
    ['signed out', (browser) => browser.delete('/session'), 401, 'bff_session_required'],
    [
      'disabled',
      () => operate('users.update', { email: the.editor.email, changes: { disabled: true } }),
      401,
      'bff_session_required',
    ],
    ['made a viewer', () => memberOfAcme('viewer'), 403, 'bff_role_required'],
    [
      'removed from the tenant',
      () => operate('users.revoke', { email: the.editor.email, tenant: 'acme' }),
      404,
      'bff_tenant_not_found',
    ],
  ])('is not sent after its user was %s', async (_, change, status, code) => {
    const browser = await bff.signedIn(the.editor);
    const answer = await changedDuringTokenRequest(
      'production',
      () => browser.post(ACME, partnerInitiated),
      () => change(browser),
    );
    expectProblem(answer, status, code);
    expect(bff.sinch.all.requests).toEqual([]);
    await operate('users.update', { email: the.editor.email, changes: { disabled: false } });
    await memberOfAcme('editor');
  });

  it('is sent once if only the cookie and the name of the tenant changed', async () => {
    const admin = await bff.signedIn(deputy, 'admin');
    await operate('users.grant', { email: deputy.email, tenant: 'acme', role: 'editor' });
    const answer = await changedDuringTokenRequest(
      'production',
      () => admin.post(ACME, partnerInitiated),
      async () => {
        await operate('tenants.update', { id: 'acme', changes: { name: 'Acme Renamed' } });
        // A second cookie for the same session, after the grace period of the first one.
        bff.turnClock(5_000);
        const elevated = await elevate(admin);
        expect(elevated.status).toBe(200);
        bff.turnClock(5_000);
      },
    );
    expect(answer.status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(1);
    await operate('users.revoke', { email: deputy.email, tenant: 'acme' });
  });
});

describe('a write that waits for a token while its tenant changes (AZT-08, CRD-13)', () => {
  const recreated = { ...the.acme, projectId: 'another-project' };

  it.each<[name: string, change: () => Promise<unknown>, status: number, code: string]>([
    [
      'deleted and created again with the same id',
      async () => {
        await operate('tenants.remove', { id: 'acme' });
        await bff.apply({ tenants: [recreated], users: the.directory.users });
      },
      404,
      'bff_tenant_not_found',
    ],
    ['deleted', () => operate('tenants.remove', { id: 'acme' }), 404, 'bff_tenant_not_found'],
    [
      'moved to another environment',
      () => operate('tenants.update', { id: 'acme', changes: { environment: 'staging' } }),
      503,
      'bff_upstream_unavailable',
    ],
    [
      'given another project',
      () => operate('tenants.update', { id: 'acme', changes: { projectId: recreated.projectId } }),
      503,
      'bff_upstream_unavailable',
    ],
    [
      'left without credentials',
      () => operate('credentials.erase', { tenant: 'acme' }),
      503,
      'bff_upstream_unavailable',
    ],
  ])('is sent to no server after the tenant was %s', async (_, change, status, code) => {
    const browser = await bff.signedIn(the.editor);
    const answer = await changedDuringTokenRequest(
      'production',
      () => browser.post(ACME, partnerInitiated),
      change,
    );
    expectProblem(answer, status, code);
    expect(bff.sinch.all.requests).toEqual([]);
    await bff.apply(the.directory);
  });
});

describe('a write through the admin plane that waits for a token (ELV-05, ELV-10)', () => {
  it.each<[name: string, change: (browser: Browser) => Promise<unknown>, status: number, code: string]>([
    ['ended the elevation', (browser) => browser.delete('/session/elevation'), 403, 'bff_elevation_required'],
    ['elevated for administration', (browser) => elevate(browser), 403, 'bff_elevation_required'],
    [
      'was disabled',
      () => operate('users.update', { email: deputy.email, changes: { disabled: true } }),
      401,
      'bff_session_required',
    ],
    [
      'lost the role',
      () => operate('users.update', { email: deputy.email, changes: { role: 'user' } }),
      404,
      'bff_tenant_not_found',
    ],
    [
      'got another second factor',
      () => operate('users.totp', { email: deputy.email }),
      403,
      'bff_elevation_required',
    ],
    ['signed out', (browser) => browser.delete('/session'), 401, 'bff_session_required'],
  ])('is not sent after its admin %s', async (_, change, status, code) => {
    const admin = await administrating(bff, deputy, 'summit');
    const answer = await changedDuringTokenRequest(
      'admin-production',
      () => admin.post(SUMMIT, partnerInitiated),
      () => change(admin),
    );
    expectProblem(answer, status, code);
    expect(bff.sinch.all.requests).toEqual([]);
    await operate('users.update', {
      email: deputy.email,
      changes: { role: 'admin', disabled: false, totpSecret: deputy.totpSecret },
    });
  });
});

it('a write is not repeated after a 401 if its user was disabled (AZT-13)', async () => {
  const browser = await bff.signedIn(the.editor);
  bff.sinch.production.answer(async () => {
    await operate('users.update', { email: the.editor.email, changes: { disabled: true } });
    return EXPIRED;
  });
  expectProblem(await browser.post(ACME, partnerInitiated), 401, 'bff_session_required');
  expect(bff.sinch.production.requests).toHaveLength(1);
  await operate('users.update', { email: the.editor.email, changes: { disabled: false } });
});

function elevate(browser: Browser): Promise<Answer> {
  bff.turnClock(30_000);
  return browser.post('/session/elevation', {
    code: codeAt(bff.now(), 0, deputy.totpSecret),
    reason: REASON,
  });
}
