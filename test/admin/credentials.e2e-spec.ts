import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administrating } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';

const SCHEMES = ['oauth2', 'basic'] as const;
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

let bff: Bff;
let admin: Browser;
let editor: Browser;
let tokens: TokenEndpoint;
let number = 0;
let old: Key;

interface Key {
  readonly scheme: 'oauth2' | 'basic';
  readonly keyId: string;
  readonly keySecret: string;
}
interface CredentialRecord {
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSuccessAt: string | null;
}

beforeAll(async () => {
  bff = await startBff({ environment: { SINCH_TIMEOUT_MS: '2000', SINCH_STAGING_TOKEN_URL: '' } });
  tokens = bff.sinch.tokens.production;
  admin = await administrating(bff);
  editor = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

beforeEach(async () => {
  bff.sinch.reset();
  old = newKey();
  expect((await set(old)).status).toBe(200);
  bff.sinch.reset();
});

function newKey(scheme: Key['scheme'] = 'oauth2'): Key {
  number += 1;
  return { scheme, keyId: `id-${number}`, keySecret: `canary-secret-${number}` };
}

const pathOf = (tenant: string): string => `/v1/admin/tenants/${tenant}/credentials`;
const set = (body: object, tenant = 'acme'): Promise<Answer> => admin.put(pathOf(tenant), body);
const check = (body?: object, tenant = 'acme'): Promise<Answer> =>
  admin.post(`${pathOf(tenant)}/check`, body);
const call = (title: OperationTitle = 'account.get', tenant = 'acme'): Promise<Answer> =>
  perform(editor, title, tenant);

async function read(tenant = 'acme'): Promise<CredentialRecord> {
  const answer = await admin.get(pathOf(tenant));
  expect(answer.status).toBe(200);
  expectNoSecrets(answer);
  return answer.json as CredentialRecord;
}

function basic({ keyId, keySecret }: Key): string {
  return `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`;
}

/** The `Authorization` of calls with the key; tokens of the recording endpoint contain the id of their key. */
function authorizationOf(key: Key): unknown {
  const token = new RegExp(`^Bearer token-production-${key.keyId}-\\d+$`);
  return key.scheme === 'basic' ? basic(key) : expect.stringMatching(token);
}

const authorizations = (requests: readonly RecordedRequest[]): unknown[] =>
  requests.map(({ headers }) => headers.authorization);

function expectTried(key: Key): void {
  expect(authorizations(tokens.requests)).toEqual([basic(key)]);
  expect(tokens.lastRequest.body).toBe('grant_type=client_credentials');
  const others = Object.values(bff.sinch.tokens).filter((endpoint) => endpoint !== tokens);
  expect(others.flatMap(({ requests }) => requests)).toEqual([]);
}

async function expectServedBy(key: Key): Promise<void> {
  expect((await call()).status).toBe(200);
  expect(bff.sinch.production.lastRequest.headers.authorization).toEqual(authorizationOf(key));
}

/** Holds responses back until `open` is called. */
function latch(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { open: () => resolve(undefined), opened: promise };
}

const issued: Reply = { body: { access_token: 'a-token', token_type: 'bearer', expires_in: 600 } };

describe.each(SCHEMES)('new credentials of scheme %s', (scheme) => {
  it('new credentials are checked once at the token endpoint before they replace the old ones (CRD-05)', async () => {
    await expectServedBy(old);
    const before = await read();
    bff.sinch.reset();
    const key = newKey(scheme);
    const concurrentReads: unknown[] = [];
    tokens.answer(async () => {
      await expectServedBy(old);
      concurrentReads.push(await read());
      return issued;
    });
    const answer = await set(key);
    expectTried(key);
    expect(concurrentReads).toEqual([{ ...before, lastSuccessAt: new Date(bff.now()).toISOString() }]);
    const { version, createdAt } = before;
    const { version: newer } = answer.json as CredentialRecord;
    expect({ status: answer.status, json: answer.json }).toEqual({
      status: 200,
      json: {
        ...{ scheme, keyId: key.keyId, version: newer, lastSuccessAt: null, checked: true },
        ...{ createdAt, updatedAt: ISO },
      },
    });
    expectNoSecrets(answer);
    expect(newer).toBeGreaterThan(version);
    bff.sinch.reset();
    await expectServedBy(key);
    const lastSuccessAt = new Date(bff.now()).toISOString();
    expect(await read()).toEqual({ ...(answer.json as object), checked: undefined, lastSuccessAt });
    expect(authorizations(tokens.requests)).toEqual(scheme === 'basic' ? [] : [basic(key)]);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('calls in flight complete with the old credentials, and later calls use the new ones', async () => {
    await set({ ...old, scheme });
    const began = { ...old, scheme };
    const held = latch();
    bff.sinch.production.answer(async () => {
      await held.opened;
      return { body: { ok: true } };
    });
    const before = Array.from({ length: 30 }, () => call());
    while (bff.sinch.production.requests.length < 30) await bff.sinch.production.nextRequest();
    const key = newKey(scheme);
    expect((await set(key)).status).toBe(200);
    const after = Array.from({ length: 30 }, () => call());
    while (bff.sinch.production.requests.length < 60) await bff.sinch.production.nextRequest();
    held.open();
    const answers = await Promise.all([...before, ...after]);
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(60).fill(200));
    const { requests } = bff.sinch.production;
    expect(authorizations(requests.slice(0, 30))).toEqual(Array(30).fill(authorizationOf(began)));
    expect(authorizations(requests.slice(30))).toEqual(Array(30).fill(authorizationOf(key)));
    expect(requests).toHaveLength(60);
  });

  it('a call whose token request is rejected for the old key uses the new credentials', async () => {
    const key = newKey(scheme);
    const held = latch();
    tokens.answer(async ({ headers }) => {
      if (headers.authorization !== basic(old)) return issued;
      await held.opened;
      return { status: 401, body: { error: 'invalid_client' } };
    });
    const waiting = call();
    await tokens.nextRequest();
    expect((await set(key)).status).toBe(200);
    held.open();
    expect((await waiting).status).toBe(200);
    const carried = scheme === 'basic' ? basic(key) : 'Bearer a-token';
    expect(authorizations(bff.sinch.production.requests)).toEqual([carried]);
  });

  it('a replacement under load fails none of at least 200 calls', async () => {
    await set({ ...old, scheme });
    const key = newKey(scheme);
    bff.sinch.production.answer(() => new Promise((reply) => setTimeout(reply, 5, { body: { ok: true } })));
    let left = 200;
    let replaced: Promise<Answer> | undefined;
    let isReplaced = false;
    const later = new Set<unknown>();
    const answers: Answer[] = [];
    const work = async (): Promise<void> => {
      while (left > 0 || later.size < 60) {
        left -= 1;
        if (left === 120) replaced = set(key).finally(() => (isReplaced = true));
        const beganAfter = isReplaced;
        const answer = await call();
        answers.push(answer);
        if (beganAfter) later.add(answer.headers['x-request-id']);
      }
    };
    await Promise.all(Array.from({ length: 20 }, work));
    expect((await replaced)?.status).toBe(200);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const { requests } = bff.sinch.production;
    expect(answers.length).toBeGreaterThanOrEqual(200);
    expect(requests).toHaveLength(answers.length);
    const isLater = ({ headers }: RecordedRequest): boolean => later.has(headers['x-request-id']);
    const late = requests.filter(isLater);
    expect(late).toHaveLength(later.size);
    expect(authorizations(late)).toEqual(Array(late.length).fill(authorizationOf(key)));
    expect(requests[0]?.headers.authorization).toEqual(authorizationOf({ ...old, scheme }));
  });

  it.each<[OperationTitle]>([['account.get'], ['account.create as partnerInitiated'], ['account.delete']])(
    'the retry of %s after a 401 for the old credentials uses the new ones (CRD-08)',
    async (title) => {
      await set({ ...old, scheme });
      const began = { ...old, scheme };
      const held = latch();
      const first = bff.sinch.production.nextRequest();
      bff.sinch.production.answer(async ({ headers: { authorization = '' } }) => {
        await held.opened;
        const isOld = authorization.includes(old.keyId) || authorization === basic(old);
        return isOld
          ? { status: 401, body: {} }
          : { status: title === 'account.delete' ? 204 : 200, body: {} };
      });
      const asked = call(title);
      await first;
      const key = newKey(scheme);
      await set(key);
      held.open();
      expect((await asked).status).toBeLessThan(300);
      const { requests } = bff.sinch.production;
      expect(authorizations(requests)).toEqual([authorizationOf(began), authorizationOf(key)]);
      expect(requests[1]?.body).toBe(requests[0]?.body);
    },
  );
});

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
      await expectServedBy(old);
      bff.sinch.reset();
      const before = await read();
      const key = newKey();
      tokens.answer(reply);
      expectProblem(await set(key), status, errorCode);
      expectTried(key);
      tokens.requests.length = 0;
      const checked = await check(key);
      expect({ status: checked.status, json: checked.json }).toEqual({
        status: 200,
        json: { ok: false, errorCode },
      });
      expectTried(key);
      expect(await read()).toEqual(before);
      await expectServedBy(old);
      expect(tokens.requests).toHaveLength(1);
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
    const before = await read();
    expectProblem(await set({ ...newKey(), ...changes }), 400, 'bff_invalid_input');
    expectProblem(await check({ ...newKey(), ...changes }), 400, 'bff_invalid_input');
    expect(await read()).toEqual(before);
    expectNothingAsked(bff.sinch);
  });

  it('credentials are stored with checked: false if no token URL is configured', async () => {
    const key = newKey('basic');
    expect((await set(key, 'harbour')).json).toMatchObject({ keyId: key.keyId, checked: false });
    expect((await check(key, 'harbour')).json).toEqual({ ok: false, errorCode: 'bff_upstream_unavailable' });
    expect(Object.values(bff.sinch.tokens).flatMap(({ requests }) => requests)).toEqual([]);
    expect((await call('account.get', 'harbour')).status).toBe(200);
    expect(bff.sinch.staging.lastRequest.headers.authorization).toBe(basic(key));
  });

  it('a tenant of the admin plane cannot have credentials', async () => {
    expectProblem(await set(newKey(), 'summit'), 409, 'bff_conflict');
    expectProblem(await admin.get(pathOf('summit')), 404, 'bff_not_found');
    expectNothingAsked(bff.sinch);
  });

  it('credentials are not stored for a tenant that was moved or deleted during their check', async () => {
    const tenant = {
      ...{ id: 'mover', name: 'Mover', projectId: 'mover' },
      environment: 'production',
      plane: 'public',
    };
    await admin.post('/v1/admin/tenants', tenant);
    const path = '/v1/admin/tenants/mover';
    const during = (change: () => Promise<Answer>): void => tokens.answer(() => change().then(() => issued));
    during(() => admin.patch(path, { environment: 'staging' }));
    expectProblem(await set(newKey(), 'mover'), 409, 'bff_conflict');
    expectProblem(await admin.get(pathOf('mover')), 404, 'bff_not_found');
    await admin.patch(path, { environment: 'production' });
    during(() => admin.patch(path, { plane: 'admin' }));
    expectProblem(await set(newKey(), 'mover'), 409, 'bff_conflict');
    await admin.patch(path, { plane: 'public' });
    during(() => admin.delete(path));
    expectProblem(await set(newKey(), 'mover'), 404, 'bff_tenant_not_found');
  });
});

describe('erased credentials', () => {
  it('erased credentials serve no further call, and no row of them remains (CRD-10, CRD-13)', async () => {
    const { version } = await read();
    await expectServedBy(old);
    const held = latch();
    bff.sinch.production.answer(() => held.opened.then(() => ({ body: {} })));
    const first = bff.sinch.production.nextRequest();
    const inFlight = call();
    await first;
    expect((await admin.delete(pathOf('acme'))).status).toBe(204);
    held.open();
    expect((await inFlight).status).toBe(200);
    bff.sinch.reset();
    expectProblem(await call(), 503, 'bff_upstream_unavailable');
    expectNothingAsked(bff.sinch);
    expectProblem(await admin.get(pathOf('acme')), 404, 'bff_not_found');
    expectProblem(await admin.delete(pathOf('acme')), 404, 'bff_not_found');
    expectProblem(await check(), 404, 'bff_not_found');
    await bff.sql(`do $$ begin
      if exists (select from tenant_credentials where tenant_id = 'acme') then raise 'a row remains'; end if;
    end $$`);
    expect((await set(old)).status).toBe(200);
    expect((await read()).version).toBeGreaterThan(version);
    await expectServedBy(old);
  });
});

describe('a check of credentials', () => {
  it('a check without a body checks the stored credentials of either scheme and keeps the current token', async () => {
    for (const scheme of SCHEMES) {
      bff.sinch.reset();
      await set({ ...old, scheme });
      await call();
      bff.sinch.reset();
      const before = await read();
      expect((await check()).json).toEqual({ ok: true });
      expectTried(old);
      await expectServedBy({ ...old, scheme });
      tokens.answer({ status: 401, body: { error: 'invalid_client' } });
      expect((await check()).json).toEqual({ ok: false, errorCode: 'bff_credentials_refused' });
      await expectServedBy({ ...old, scheme });
      expect(tokens.requests).toHaveLength(2);
      expect(await read()).toEqual(before);
    }
  });

  it('a check with a body checks the credentials in it and does not store them', async () => {
    const before = await read();
    const key = newKey('basic');
    expect((await check(key)).json).toEqual({ ok: true });
    expectTried(key);
    expect(await read()).toEqual(before);
    await expectServedBy(old);
    expect((await check(newKey(), 'bare')).json).toEqual({
      ok: false,
      errorCode: 'bff_upstream_unavailable',
    });
    expectProblem(await admin.get(pathOf('bare')), 404, 'bff_not_found');
    expectProblem(await check(undefined, 'bare'), 404, 'bff_not_found');
  });

  it('checks that hang in one environment do not block checks in another', async () => {
    const held = latch();
    tokens.answer(async () => {
      await held.opened;
      return issued;
    });
    const hanging = Array.from({ length: 4 }, () => check());
    while (tokens.requests.length < 4) await tokens.nextRequest();
    expectProblem(await check(), 503, 'bff_overloaded');
    expect((await check(newKey(), 'lantern')).json).toEqual({ ok: true });
    held.open();
    expect((await Promise.all(hanging)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('checks that hang do not delay calls, including calls that need their first token (CRD-12)', async () => {
    const hanging = Array.from({ length: 4 }, () => newKey());
    tokens.answer(({ headers }) => (headers.authorization === basic(old) ? issued : { hang: true }));
    const checks = hanging.map((key) => check(key));
    while (tokens.requests.length < 4) await tokens.nextRequest();
    const calls = await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(calls.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect((await call('account.get', 'lantern')).status).toBe(200);
    expectProblem(await check(newKey()), 503, 'bff_overloaded');
    const answers = await Promise.all(checks);
    for (const { json } of answers) expect(json).toEqual({ ok: false, errorCode: 'bff_upstream_timeout' });
    tokens.answer(issued);
    expect((await check(newKey())).json).toEqual({ ok: true });
  });
});
