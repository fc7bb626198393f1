import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Reply } from '../support/reply.js';
import { basic, CredentialsFixture, issued, pathOf } from './credentials-fixture.js';

let fixture: CredentialsFixture;
beforeAll(async () => {
  fixture = await CredentialsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.storeNewKey());

describe('credentials that the token endpoint does not confirm', () => {
  it.each<[title: string, reply: Reply, status: number, errorCode: string]>([
    ['rejects them', { status: 401, body: { error: 'invalid_client' } }, 422, 'bff_credentials_refused'],
    [
      'responds with 400 invalid_client',
      { status: 400, body: { error: 'invalid_client' } },
      422,
      'bff_credentials_refused',
    ],
    ['responds with 403', { status: 403 }, 422, 'bff_credentials_refused'],
    ['closes the connection', { raw: '', then: 'destroy' }, 502, 'bff_upstream_unreachable'],
    ['is unavailable', { status: 503 }, 503, 'bff_upstream_unavailable'],
    ['responds with 429', { status: 429, headers: { 'retry-after': '7' } }, 503, 'bff_upstream_unavailable'],
    ['hangs', { hang: true }, 504, 'bff_upstream_timeout'],
    ['responds with invalid JSON', { body: '<html>' }, 502, 'bff_upstream_invalid_response'],
    ['responds with invalid HTTP', { raw: 'junk\r\n\r\n' }, 502, 'bff_upstream_invalid_response'],
    [
      'responds without a token',
      { body: { token_type: 'bearer', expires_in: 60 } },
      502,
      'bff_upstream_invalid_response',
    ],
    ['responds with 500', { status: 500 }, 502, 'bff_upstream_invalid_response'],
    ['redirects', { status: 307, headers: { location: '/' } }, 502, 'bff_upstream_invalid_response'],
  ])(
    'credentials are not stored when the token endpoint %s, and a check reports the same error',
    async (_, reply, status, errorCode) => {
      await fixture.expectServedBy(fixture.old);
      fixture.bff.sinch.reset();
      const before = await fixture.read();
      const key = fixture.newKey();
      fixture.tokens.answer(reply);
      expectProblem(await fixture.set(key), status, errorCode);
      fixture.expectTried(key);
      fixture.tokens.requests.length = 0;
      const checked = await fixture.check(key);
      expect({ status: checked.status, json: checked.json }).toEqual({
        status: 200,
        json: { ok: false, errorCode },
      });
      fixture.expectTried(key);
      expect(await fixture.read()).toEqual(before);
      await fixture.expectServedBy(fixture.old);
      expect(fixture.tokens.requests).toHaveLength(1);
    },
  );

  it.each<[string, object]>([
    ['without a secret', { keySecret: undefined }],
    ['with an empty secret', { keySecret: '' }],
    ['with control characters in the secret', { keySecret: 'canary\r\nx' }],
    ['with a colon in the key id', { keyId: 'a:b' }],
    ['with an unknown scheme', { scheme: 'bearer' }],
    ['with a version', { version: 1 }],
    ['with a numeric key id', { keyId: 7 }],
  ])('credentials %s are rejected without a request to the token endpoint', async (_, changes) => {
    const before = await fixture.read();
    expectProblem(await fixture.set({ ...fixture.newKey(), ...changes }), 400, 'bff_invalid_input');
    expectProblem(await fixture.check({ ...fixture.newKey(), ...changes }), 400, 'bff_invalid_input');
    expect(await fixture.read()).toEqual(before);
    expectNothingAsked(fixture.bff.sinch);
  });

  it('credentials are stored with checked: false if no token URL is configured', async () => {
    const key = fixture.newKey('basic');
    expect((await fixture.set(key, 'harbour')).json).toMatchObject({ keyId: key.keyId, checked: false });
    expect((await fixture.check(key, 'harbour')).json).toEqual({
      ok: false,
      errorCode: 'bff_upstream_unavailable',
    });
    expect(Object.values(fixture.bff.sinch.tokens).flatMap(({ requests }) => requests)).toEqual([]);
    expect((await fixture.call('account.get', 'harbour')).status).toBe(200);
    expect(fixture.bff.sinch.staging.lastRequest.headers.authorization).toBe(basic(key));
  });

  it('a tenant of the admin plane cannot have credentials', async () => {
    expectProblem(await fixture.set(fixture.newKey(), 'summit'), 409, 'bff_conflict');
    expectProblem(await fixture.admin.get(pathOf('summit')), 404, 'bff_not_found');
    expectNothingAsked(fixture.bff.sinch);
  });

  it('credentials are not stored for a tenant that was moved or deleted during their check', async () => {
    const tenant = {
      ...{ id: 'mover', name: 'Mover', projectId: 'mover' },
      environment: 'production',
      plane: 'public',
    };
    await fixture.admin.post('/v1/admin/tenants', tenant);
    const path = '/v1/admin/tenants/mover';
    const during = (change: () => Promise<Answer>): void =>
      fixture.tokens.answer(() => change().then(() => issued));
    during(() => fixture.admin.patch(path, { environment: 'staging' }));
    expectProblem(await fixture.set(fixture.newKey(), 'mover'), 409, 'bff_conflict');
    expectProblem(await fixture.admin.get(pathOf('mover')), 404, 'bff_not_found');
    await fixture.admin.patch(path, { environment: 'production' });
    during(() => fixture.admin.patch(path, { plane: 'admin' }));
    expectProblem(await fixture.set(fixture.newKey(), 'mover'), 409, 'bff_conflict');
    await fixture.admin.patch(path, { plane: 'public' });
    during(() => fixture.admin.delete(path));
    expectProblem(await fixture.set(fixture.newKey(), 'mover'), 404, 'bff_tenant_not_found');
  });
});
