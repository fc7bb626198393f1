import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const ADMIN_ACME = '/v1/admin/tenants/acme';
const ACME = '/v1/tenants/acme/whatsapp';
const stagingKey = { scheme: 'oauth2', keyId: 'acme-staging-key', keySecret: 'acme-staging-canary-secret' };

let bff: Bff;
let admin: Browser;
let editor: Browser;
beforeAll(async () => {
  bff = await startBff();
  admin = await administrating(bff);
  editor = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(async () => {
  await bff.apply(the.directory);
  bff.sinch.reset();
});

/** The environments whose token endpoint or server received the secret. */
function environmentsThatReceived(secret: string): readonly string[] {
  const { tokens, ...servers } = bff.sinch;
  const basic = Buffer.from(`${the.acme.credentials.keyId}:${secret}`).toString('base64');
  const isReceived = (
    requests: readonly { readonly headers: { readonly authorization?: string | undefined } }[],
  ): boolean => requests.some(({ headers: { authorization = '' } }) => authorization.includes(basic));
  return Object.entries(tokens)
    .filter(([name, { requests }]) => isReceived(requests) || isReceived(servers[name as 'staging'].requests))
    .map(([name]) => name);
}

describe('a change of environment or plane (CRD-13)', () => {
  it.each<[change: object]>([
    [{ environment: 'staging' }],
    [{ plane: 'admin' }],
    [{ environment: 'staging', plane: 'admin' }],
  ])('PATCH %j erases the credentials, reports it and sends them to no other server', async (change) => {
    const answer = await admin.patch(ADMIN_ACME, change);
    expect([answer.status, answer.json]).toEqual([
      200,
      expect.objectContaining({ ...change, credentialsErased: true }),
    ]);
    expectProblem(await admin.get(`${ADMIN_ACME}/credentials`), 404, 'bff_not_found');
    await editor.get(ACME);
    expect(bff.sinch.all.requests).toEqual([]);
    expect(environmentsThatReceived(the.acme.credentials.keySecret)).toEqual([]);
  });

  it('a change of the name, or to the same environment, keeps the credentials', async () => {
    const answer = await admin.patch(ADMIN_ACME, { name: 'Acme Renamed', environment: 'production' });
    expect(answer.status).toBe(200);
    expect(answer.json).not.toHaveProperty('credentialsErased');
    expect((await editor.get(ACME)).status).toBe(200);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('a change of a tenant without credentials reports no erased credentials', async () => {
    const answer = await admin.patch('/v1/admin/tenants/bare', { environment: 'production' });
    expect(answer.status).toBe(200);
    expect(answer.json).not.toHaveProperty('credentialsErased');
  });

  it('new credentials in the same request are checked at the new token endpoint and stored', async () => {
    const answer = await admin.patch(ADMIN_ACME, { environment: 'staging', credentials: stagingKey });
    expect(answer.json).toMatchObject({ environment: 'staging', checked: true });
    expect(answer.json).not.toHaveProperty('credentialsErased');
    expect(answer.text).not.toContain(stagingKey.keySecret);
    expect(bff.sinch.tokens.staging.requests).toHaveLength(1);
    expect((await editor.get(ACME)).status).toBe(200);
    expect(bff.sinch.staging.requests).toHaveLength(1);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
    expect(environmentsThatReceived(the.acme.credentials.keySecret)).toEqual([]);
  });

  it('a request with credentials that the new token endpoint rejects changes nothing', async () => {
    bff.sinch.tokens.staging.answer({ status: 401, body: { error: 'invalid_client' } });
    const answer = await admin.patch(ADMIN_ACME, { environment: 'staging', credentials: stagingKey });
    expectProblem(answer, 422, 'bff_credentials_refused');
    expect((await admin.get(ADMIN_ACME)).json).toMatchObject({ environment: 'production' });
    expect((await editor.get(ACME)).status).toBe(200);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('credentials for a tenant of the admin plane are rejected', async () => {
    const answer = await admin.patch(ADMIN_ACME, { plane: 'admin', credentials: stagingKey });
    expectProblem(answer, 409, 'bff_conflict');
    expect((await admin.get(ADMIN_ACME)).json).toMatchObject({ plane: 'public' });
  });

  it('a directory file that moves a tenant erases its credentials and reports it', async () => {
    const { credentials: _, ...acme } = the.acme;
    const answer = await bff.apply({ tenants: [{ ...acme, environment: 'staging' }] });
    expect(answer).toEqual({
      result: [
        { record: 'tenant acme', outcome: 'updated' },
        { record: 'credentials of acme', outcome: 'erased with the change of environment or plane' },
      ],
    });
    await editor.get(ACME);
    expect(bff.sinch.all.requests).toEqual([]);
    expect(environmentsThatReceived(the.acme.credentials.keySecret)).toEqual([]);
  });

  it('a directory file that moves a tenant and repeats its credentials erases them', async () => {
    const answer = await bff.apply({ tenants: [{ ...the.acme, environment: 'staging' }] });
    expect(answer).toEqual({
      result: [
        { record: 'tenant acme', outcome: 'updated' },
        { record: 'credentials of acme', outcome: 'erased with the change of environment or plane' },
      ],
    });
    await editor.get(ACME);
    expect(bff.sinch.all.requests).toEqual([]);
    expect(environmentsThatReceived(the.acme.credentials.keySecret)).toEqual([]);
  });

  it('a directory file that moves a tenant with new credentials stores them', async () => {
    const answer = await bff.apply({
      tenants: [{ ...the.acme, environment: 'staging', credentials: stagingKey }],
    });
    expect(answer).toMatchObject({ result: [{}, { record: 'credentials of acme', outcome: 'updated' }] });
    expect((await editor.get(ACME)).status).toBe(200);
    expect(bff.sinch.allBut('staging').requests).toEqual([]);
  });

  it('a call that waits for a token at the previous server does not send the new credentials there', async () => {
    const production = bff.sinch.tokens.production;
    const held = Promise.withResolvers<Reply>();
    production.answer(() => held.promise);
    await bff.apply({
      tenants: [{ ...the.acme, credentials: { ...the.acme.credentials, keyId: 'acme-key-waiting' } }],
    });
    const asked = production.nextRequest();
    const waiting = editor.get(ACME);
    await asked;
    const moved = await admin.patch(ADMIN_ACME, { environment: 'staging', credentials: stagingKey });
    expect(moved.status).toBe(200);
    held.resolve({ status: 401, body: { error: 'invalid_client' } });
    expect((await waiting).status).toBeGreaterThanOrEqual(500);
    expect(production.requests).toHaveLength(1);
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('the command tenants.update reports the erased credentials', async () => {
    const answer = await bff.operate('tenants.update', { id: 'acme', changes: { plane: 'admin' } });
    expect(answer).toMatchObject({ result: { plane: 'admin', credentialsErased: true } });
  });
});
