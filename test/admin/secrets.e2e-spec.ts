import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { administrating, deputy, entriesOf, recordsOf, userOf } from '../support/administering.js';
import { type Answer, type Browser, type BrowserRequest } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Every secret in this file, and nothing else, contains this word. */
const CANARY = /canary/i;

let bff: Bff;
let admin: Browser;
let deputyId: string;
const received: Answer[] = [];
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  admin = await administrating(bff);
  deputyId = (await userOf(admin, deputy.email)).id;
});
afterAll(() => bff.close());
afterEach(() => bff.sinch.reset());

/** Expects a response without a secret, neither in plain text nor in Base64 as in HTTP Basic. */
function expectNoCanary(answer: Answer): void {
  received.push(answer);
  const text = `${answer.rawHeaders.join('\n')}\n${answer.text}`;
  expect(text).not.toMatch(CANARY);
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)) {
    expect(Buffer.from(word, 'base64').toString('latin1')).not.toMatch(CANARY);
  }
}

async function ask(method: string, path: string, request?: BrowserRequest): Promise<Answer> {
  const answer = await admin.request(method, path, request);
  expectNoCanary(answer);
  return answer;
}

const password = 'a-canary-password';
const totpSecret = 'CANARY2TOTP2SECRETCANARY2TOTP2SE';
const keys = (number: number) => ({
  ...{ scheme: 'oauth2', keyId: `id-${number}` },
  keySecret: `canary-secret-${number}`,
});
const ACME = '/v1/admin/tenants/acme';
const newTenant = {
  ...{ id: 'northwind', name: 'Northwind', projectId: 'northwind' },
  ...{ environment: 'production', plane: 'public' },
};

describe('a secret in its own field (CRD-04)', () => {
  it('a response about a user does not contain the secrets of the user', async () => {
    const user = { email: 'secret@acme.example', name: 'Secret', password, totpSecret, role: 'admin' };
    const created = await ask('POST', '/v1/admin/users', { body: user });
    expect(created.status).toBe(201);
    const path = `/v1/admin/users/${(created.json as { id: string }).id}`;
    for (const body of [{ password: 'another-canary-password' }, { totpSecret: 'CANARY2OTHER2SECRET' }]) {
      expect((await ask('PATCH', path, { body })).status).toBe(200);
    }
    expect((await ask('GET', path)).status).toBe(200);
    expectProblem(await ask('POST', '/v1/admin/users', { body: user }), 409, 'bff_conflict');
    expect((await ask('DELETE', path)).status).toBe(204);
    expectProblem(await ask('PATCH', path, { body: { password } }), 404, 'bff_not_found');
  });

  it('a response about a tenant does not contain its key secret, in either scheme', async () => {
    for (const body of [keys(1), { ...keys(2), scheme: 'basic' }]) {
      expect((await ask('PUT', `${ACME}/credentials`, { body })).status).toBe(200);
      expect((await ask('GET', `${ACME}/credentials`)).json).toMatchObject({ keyId: body.keyId });
      expect((await ask('POST', `${ACME}/credentials/check`, { body })).json).toEqual({ ok: true });
      expect((await ask('POST', `${ACME}/credentials/check`)).json).toEqual({ ok: true });
      const editor = await bff.signedIn(the.editor);
      expectNoCanary(await perform(editor, 'account.get'));
      expectNoCanary(await editor.get('/v1/tenants/acme/route'));
    }
    for (const path of [ACME, '/v1/admin/tenants', `${ACME}/members`]) await ask('GET', path);
    expectProblem(
      await ask('PUT', '/v1/admin/tenants/summit/credentials', { body: keys(3) }),
      409,
      'bff_conflict',
    );
    expect((await ask('DELETE', `${ACME}/credentials`)).status).toBe(204);
    expect((await ask('PUT', `${ACME}/credentials`, { body: keys(4) })).status).toBe(200);
  });

  it.each<[string, Reply]>([
    [
      'in a rejection',
      { status: 401, body: { error: 'invalid_client', error_description: 'canary-secret-5' } },
    ],
    ['in an invalid body', { body: 'canary-secret-5' }],
    ['in a header', { status: 500, headers: { 'x-echo': 'canary-secret-5' } }],
    ['in a response with 503', { status: 503, body: 'canary-secret-5' }],
    ['in a redirect', { status: 302, headers: { location: 'http://canary-secret-5.example/' } }],
    ['in invalid HTTP', { raw: 'HTTP/1.1 200 canary-secret-5\r\ncanary\r\n\r\n' }],
    ['in a token', { body: { access_token: 'a canary', token_type: 'canary', expires_in: 60 } }],
  ])('a response does not contain a secret that the token endpoint repeats %s', async (_, reply) => {
    bff.sinch.tokens.production.answer(reply);
    const answer = await ask('PUT', `${ACME}/credentials`, { body: keys(5) });
    expect([422, 502, 503]).toContain(answer.status);
    expect((await ask('POST', `${ACME}/credentials/check`, { body: keys(5) })).json).toMatchObject({
      ok: false,
    });
  });

  it('the Retry-After header does not contain a secret from the Retry-After of the token endpoint', async () => {
    const headers = { 'retry-after': 'canary-secret-5' };
    bff.sinch.tokens.production.answer({ status: 503, headers });
    const answer = await ask('PUT', `${ACME}/credentials`, { body: keys(5) });
    expectProblem(answer, 503, 'bff_upstream_unavailable');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('a response does not contain the token that was issued for a secret', async () => {
    const issued = { access_token: 'canary-token', token_type: 'bearer', expires_in: 600 };
    bff.sinch.tokens.production.answer({ body: issued });
    expect((await ask('PUT', `${ACME}/credentials`, { body: keys(6) })).json).toMatchObject({
      checked: true,
    });
    expect((await ask('POST', `${ACME}/credentials/check`)).json).toEqual({ ok: true });
    const editor = await bff.signedIn(the.editor);
    expectNoCanary(await perform(editor, 'account.get'));
    expect(bff.sinch.production.lastRequest.headers.authorization).toBe('Bearer canary-token');
    expectNoCanary(await editor.get('/v1/tenants/acme/route'));
  });
});

describe('a secret in a wrong place', () => {
  const user = '/v1/admin/users';
  const of = (id: string): string => `${user}/${id}`;

  it.each<[method: string, path: string, body: object]>([
    ['POST', '/v1/admin/tenants', { ...newTenant, keySecret: 'canary' }],
    ['POST', '/v1/admin/tenants', { ...newTenant, credentials: keys(7) }],
    ['POST', '/v1/admin/tenants', { tenant: { ...newTenant, credentials: keys(7) } }],
    ['POST', '/v1/admin/tenants', { ...newTenant, id: 'Canary' }],
    ['POST', '/v1/admin/tenants', { ...newTenant, name: 'canary\u0007' }],
    ['POST', '/v1/admin/tenants', { ...newTenant, projectId: 'canary/secret' }],
    ['POST', '/v1/admin/tenants', { ...newTenant, environment: 'canary', plane: ['canary'] }],
    ['PATCH', ACME, { credentials: { ...keys(7), keySecret: 'canary\n' } }],
    ['PATCH', ACME, { name: { secret: 'canary' } }],
    ['PUT', `${ACME}/credentials`, { credentials: keys(7) }],
    ['PUT', `${ACME}/credentials`, { ...keys(7), scheme: 'canary' }],
    ['PUT', `${ACME}/credentials`, { ...keys(7), keyId: 'canary:secret' }],
    ['PUT', `${ACME}/credentials`, { ...keys(7), keySecret: 'canary\n' }],
    ['PUT', `${ACME}/credentials`, { ...keys(7), password: 'canary' }],
    ['POST', `${ACME}/credentials/check`, { keySecret: 'canary' }],
    ['PUT', `${ACME}/members/canary`, { role: 'canary' }],
    ['POST', user, { email: 'canary', name: 'N', password }],
    ['POST', user, { email: 'n@acme.example', name: 'N', password: 'canary' }],
    ['POST', user, { email: 'n@acme.example', name: 'N', password: ['canary'] }],
    ['POST', user, { email: 'n@acme.example', name: 'N', secret: 'canary' }],
    ['POST', user, { email: 'n@acme.example', name: 'N', totpSecret: 'canary' }],
    ['POST', user, { email: 'n@acme.example', name: 'N', identity: { issuer: 'canary', subject: 's' } }],
    ['POST', user, { email: 'n@acme.example', name: 'N', identity: 'canary' }],
    [
      'POST',
      user,
      { email: 'n@acme.example', name: 'N', memberships: [{ tenant: 'canary', role: 'viewer' }] },
    ],
    ['POST', user, { email: 'n@acme.example', name: 'N', memberships: ['canary'] }],
    ['POST', user, { user: { email: 'n@acme.example', name: 'N', password, totpSecret } }],
    ['PATCH', 'deputy', { role: 'canary', disabled: 'canary', email: 'canary@', name: 'canary\n' }],
    ['PATCH', 'deputy', { passwordHash: 'canary', password: 'canary' }],
    ['POST', '/session/elevation', { code: 'canary', reason: 'long enough a reason' }],
    ['POST', '/session/elevation', { code: '123456', reason: 'canary' }],
    ['PUT', '/session/password', { current: 'canary', new: 'canary' }],
    ['POST', '/session', { email: 'canary', password: 'canary', secret: 'canary' }],
  ])('the rejection of %s %s does not repeat the secret in %j', async (method, path, body) => {
    const answer = await ask(method, path === 'deputy' ? of(deputyId) : path, { body });
    expectProblem(answer, 400, 'bff_invalid_input');
  });

  it.each<[string, number, string, BrowserRequest]>([
    ['that is truncated', 400, 'bff_invalid_input', { rawBody: '{"keySecret":"canary' }],
    ['that is a string', 400, 'bff_invalid_input', { rawBody: '"canary"' }],
    ['that is not JSON', 400, 'bff_invalid_input', { rawBody: 'canary=canary' }],
    ['that is an array', 400, 'bff_invalid_input', { rawBody: '["canary"]' }],
    ['that is not UTF-8', 400, 'bff_invalid_input', { rawBody: Buffer.from('"canary\xff"', 'latin1') }],
    [
      'that is nested too deeply',
      400,
      'bff_invalid_input',
      { rawBody: `${'['.repeat(40)}"canary"${']'.repeat(40)}` },
    ],
    ['that is too large', 413, 'bff_payload_too_large', { rawBody: `"${'canary'.repeat(200_000)}"` }],
    [
      ...(['of another type', 415, 'bff_unsupported_media_type'] as const),
      { rawBody: 'keySecret=canary', headers: { 'content-type': 'application/canary' } },
    ],
  ])('a rejection does not repeat the secret in a body %s', async (_, status, errorCode, request) => {
    const headers = { 'content-type': 'application/json', ...request.headers };
    for (const [method, path] of [
      ['PUT', `${ACME}/credentials`],
      ['POST', user],
      ['PATCH', of(deputyId)],
    ] as const) {
      expectProblem(await ask(method, path, { ...request, headers }), status, errorCode);
    }
  });

  it.each<[method: string, path: string, status: number]>([
    ['GET', '/v1/admin/tenants?keySecret=canary', 400],
    ['GET', '/v1/admin/tenants?pageToken=canary', 400],
    ['GET', '/v1/admin/users?pageSize=canary', 400],
    ['GET', '/v1/admin/audit?actor=canary', 200],
    ['GET', '/v1/admin/audit?tenantId=canary', 200],
    ['GET', '/v1/admin/audit?pageToken=canary', 400],
    ['GET', '/v1/admin/sessions?userId=canary', 404],
    ['DELETE', '/v1/admin/sessions?userId=canary', 404],
    ['DELETE', '/v1/admin/sessions?tenantId=canary', 404],
    ['DELETE', `${ACME}/credentials?keySecret=canary`, 400],
    ['GET', '/v1/admin/tenants/canary', 404],
    ['GET', '/v1/admin/tenants/canary/credentials', 404],
    ['DELETE', '/v1/admin/tenants/canary', 404],
    ['GET', '/v1/admin/users/canary', 404],
    ['DELETE', '/v1/admin/users/canary', 404],
    ['DELETE', `${ACME}/members/canary`, 404],
    ['GET', '/v1/admin/canary', 404],
    ['POST', `${ACME}/credentials/canary`, 404],
    ['POST', '/v1/admin/tenants/canary', 405],
    ['DELETE', '/sessions/canary', 404],
    ['GET', '/v1/tenants/canary/whatsapp', 404],
    ['GET', '/v1/tenants/canary/route', 404],
    ['GET', '/v1/admin/tenants/%63anary%00', 404],
  ])('the response to %s %s does not repeat the secret', async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  it('rejections of unauthorized users do not repeat the secret', async () => {
    const editor = await bff.signedIn(the.editor);
    const plain = await bff.signedIn(deputy, 'admin');
    for (const browser of [editor, plain]) {
      expectNoCanary(await browser.put(`${ACME}/credentials`, keys(8)));
      expectNoCanary(await browser.post(user, { email: 'n@acme.example', name: 'N', password, totpSecret }));
      expectNoCanary(await browser.get('/v1/tenants/canary/whatsapp'));
    }
    for (const email of [the.editor.email, 'canary@nowhere.example']) {
      expectNoCanary(await bff.browser().post('/session', { email, password: 'canary' }));
    }
  });
});

describe('after the requests above', () => {
  const hasCanary = (event: object): boolean => CANARY.test(JSON.stringify(event));
  const auditLog = (): Promise<
    { readonly event: string; readonly details: { readonly record?: string } }[]
  > => entriesOf(admin, '/v1/admin/audit');

  it('the audit log contains the changes and no secret (LOG-10)', async () => {
    // Failed sign-ins are recorded in batches.
    const events = await eventually(
      async () => {
        const recorded = await auditLog();
        const names = new Set(recorded.map(({ event }) => event));
        for (const name of ['access.denied', 'session.sign-in-failed', 'credential.used'])
          expect(names).toContain(name);
        return recorded;
      },
      { withinMs: 10_000 },
    );
    const changed = events.filter(({ event }) => event === 'directory.changed');
    const records = new Set(changed.map(({ details: { record } }) => record));
    for (const record of ['user', 'credentials']) expect(records).toContain(record);
    expect(events.filter(hasCanary)).toEqual([]);
  });

  it('no record contains a secret', async () => {
    expect(JSON.stringify(await recordsOf(admin))).not.toMatch(CANARY);
    expect(JSON.stringify(await entriesOf(admin, '/v1/admin/sessions'))).not.toMatch(CANARY);
  });

  it('the API documentation contains no secret', async () => {
    for (const frontend of ['admin', 'console', 'partners'] as const) {
      for (const path of ['/openapi.json', '/docs']) {
        const answer = await bff.browser(frontend).get(path);
        expect(answer.status).toBe(200);
        expect(answer.text).not.toMatch(/canary|token-production|127\.0\.0\.1:/i);
      }
    }
  });

  it('no response was an internal error', () => {
    expect(received.length).toBeGreaterThan(100);
    for (const { text } of received) expect(text).not.toContain('bff_internal_error');
  });

  it.each(['actor', 'tenantId'])(
    'the audit log accepts or rejects NUL as %s without an internal error',
    async (name) => {
      expect([200, 400]).toContain((await ask('GET', `/v1/admin/audit?${name}=%00`)).status);
    },
  );

  it('a secret that is checked in place of a key id does not appear in the audit log', async () => {
    const body = { scheme: 'oauth2', keyId: 'canary-secret-9', keySecret: 'id-9' };
    expect((await ask('POST', `${ACME}/credentials/check`, { body })).json).toEqual({ ok: true });
    expect((await auditLog()).filter(hasCanary)).toEqual([]);
  });
});
