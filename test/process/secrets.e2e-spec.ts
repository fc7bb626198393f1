import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, Browser } from '../support/browser.js';
import { askEveryRoute, CANARY, textsWithSecrets } from '../support/canaries.js';
import { codeAt, REASON } from '../support/elevating.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import { beginLogin, client, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Program, Programs } from '../support/program.js';
import { rawExchange } from '../support/raw.js';
import { type Reply } from '../support/reply.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { type FrontendName, frontends } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

/** Secrets issued by the service and by others; secrets chosen by this test contain {@link CANARY}. */
const secrets = new Set<string>([the.admin.totpSecret, TEST_KEYS.replace('k1:', '')]);

const folder = mkdtempSync(join(tmpdir(), 'bff-secrets-'));
const programs = new Programs();
const browsers: Browser[] = [];
const answers: Answer[] = [];
let provider: CertifiedProvider;
let sinch: SixUpstreams;
let database: TestDatabase;
let program: Program;
let port: number;
let metrics: string;

function browserAt(frontend: FrontendName): Browser {
  const { origin } = frontends[frontend];
  const browser = new Browser({ port, host: new URL(origin).host, origin });
  browsers.push(browser);
  return browser;
}

/** Records the response, and the values of its cookies as secrets. */
async function note(pending: Promise<Answer>): Promise<Answer> {
  const answer = await pending;
  answers.push(answer);
  for (const line of answer.headers['set-cookie'] ?? []) {
    const value = /^[^=]+=([^;]{20,})/.exec(line)?.[1];
    if (value !== undefined) secrets.add(value);
  }
  return answer;
}

async function signedIn(user: { email: string; password: string }, at: FrontendName): Promise<Browser> {
  const browser = browserAt(at);
  expect((await note(browser.post('/session', { email: user.email, password: user.password }))).status).toBe(
    201,
  );
  return browser;
}

async function elevated(): Promise<Browser> {
  const browser = await signedIn(the.admin, 'admin');
  const code = codeAt(Date.now());
  secrets.add(code);
  await note(browser.post('/session/elevation', { code: '000000', reason: REASON }));
  expect((await note(browser.post('/session/elevation', { code, reason: REASON }))).status).toBe(200);
  return browser;
}

async function useMembers(): Promise<void> {
  const visitor = browserAt('console');
  await note(visitor.post('/session', { email: the.editor.email, password: `${CANARY}-wrong` }));
  await note(visitor.post('/session', { email: `${CANARY}@nowhere.example`, password: CANARY }));
  visitor.setCookie('__Host-bff-session', CANARY);
  visitor.setCookie(CANARY, CANARY);
  await askEveryRoute(visitor, note);
  const member = await signedIn(the.editor, 'console');
  await askEveryRoute(member, note);
  await note(member.get(`/${CANARY}`));
  await note(member.get(`/${CANARY}%2F%00`));
  await note(member.request('PURGE', `/session?${CANARY}`));
  await note(member.get('/session', undefined, { host: 'unlisted.test', 'x-forwarded-host': CANARY }));
  await note(member.get('/session', undefined, { origin: 'https://unlisted.test', traceparent: CANARY }));
  await rawExchange(port, `GET /${CANARY} HTTP/9.9\r\n\r\n`);
  await rawExchange(port, `GET / HTTP/1.1\r\nx: ${CANARY.repeat(4_000)}\r\n\r\n`);
  const passwords = { current: the.viewer.password, new: 'a-new-canary-phrase' };
  const viewer = await signedIn(the.viewer, 'console');
  expect((await note(viewer.put('/session/password', passwords))).status).toBe(204);
  await note(viewer.delete('/session'));
}

async function failUpstream(): Promise<void> {
  const member = await signedIn(the.editor, 'console');
  const comment = { comment: `${CANARY}\n{"level":"info"}` };
  expect((await note(member.post('/v1/tenants/acme/whatsapp/comments', comment))).status).toBe(200);
  const replies: readonly Reply[] = [
    { status: 500, body: CANARY },
    { status: 400, body: { errorCode: 'unlisted', message: 'Message.', resolution: 'Resolution.' } },
    { body: `<${CANARY}>`, headers: { 'content-type': 'text/html' } },
    { body: { canary: CANARY }, cutAt: 5 },
    { raw: `${CANARY}\r\n\r\n` },
    { status: 401, body: { canary: CANARY }, headers: { 'www-authenticate': `Bearer ${CANARY}` } },
    { status: 302, headers: { location: `https://${CANARY}.test` } },
  ];
  for (const reply of replies) {
    sinch.production.answer(reply);
    await note(member.get('/v1/tenants/acme/whatsapp'));
  }
  sinch.tokens['staging-dev'].answer({ status: 401, body: { error: CANARY, error_description: CANARY } });
  await note(member.get('/v1/tenants/lantern/whatsapp'));
  sinch.tokens['staging-dev'].answer({ body: `{"access_token":"${CANARY}` });
  await note(member.get('/v1/tenants/lantern/whatsapp'));
  await note(member.get('/v1/tenants/harbour/whatsapp'));
  sinch.reset();
}

async function useProvider(): Promise<void> {
  const browser = browserAt('partners');
  const begun = await beginLogin(browser, `/app?${CANARY}`);
  const { searchParams: asked } = new URL(begun);
  const callback = await provider.userAgent().visit(begun, 'ada');
  const { searchParams: returned } = new URL(callback);
  for (const value of [...['state', 'nonce'].map((name) => asked.get(name)), returned.get('code')]) {
    expect(value).toMatch(/^.{20,}$/);
    secrets.add(value ?? '');
  }
  const [wrongState, wrongCode] = [new URL(callback), new URL(callback)];
  wrongState.searchParams.set('state', CANARY);
  wrongCode.searchParams.set('code', CANARY);
  await note(followCallback(browser, wrongState.href));
  expect((await note(followCallback(browser, callback))).status).toBe(302);
  await note(followCallback(browser, callback));
  const again = await provider.userAgent().visit(await beginLogin(browser), 'ada');
  await note(followCallback(browser, again.replace(/code=[^&]+/, `code=${CANARY}`)));
  await note(browser.get('/session'));
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-csrf': undefined,
    origin: undefined,
  };
  const token = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(CANARY).toString('base64url')}.${CANARY}`;
  const logout = { rawBody: `logout_token=${token}`, headers };
  await note(browser.request('POST', '/session/backchannel-logout', logout));
}

async function administrate(): Promise<void> {
  await askEveryRoute(await signedIn(the.admin, 'admin'), note);
  const admin = await elevated();
  await askEveryRoute(admin, note);
  const keys = { scheme: 'oauth2', keyId: 'new-key', keySecret: 'new-canary-secret' };
  const acme = '/v1/admin/tenants/acme';
  const user = { email: 'new@acme.example', name: 'New', password: 'new-canary-password' };
  const tenant = { id: 'new', name: 'New', projectId: 'new', environment: 'production', plane: 'public' };
  expect((await note(admin.post(`${acme}/credentials/check`, keys))).status).toBe(200);
  expect((await note(admin.put(`${acme}/credentials`, keys))).status).toBe(200);
  expect((await note(admin.post('/v1/admin/tenants', tenant))).status).toBe(201);
  expect((await note(admin.post('/v1/admin/users', user))).status).toBe(201);
  sinch.tokens.production.answer({ status: 500, body: CANARY });
  await note(admin.put(`${acme}/credentials`, { ...keys, keySecret: 'refused-canary-secret' }));
  await note(admin.delete('/session/elevation'));
  await note(admin.delete('/session'));
}

beforeAll(async () => {
  [provider, sinch, database] = await Promise.all([
    CertifiedProvider.start([client]),
    startSixUpstreams(),
    lastingDatabase(),
  ]);
  secrets.add(database.url);
  const withProvider = { ...frontends.partners, oidc: oidcOf(provider) };
  const environment = {
    ...sinch.environment(),
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', BFF_DRAIN_SECONDS: '0', LOG_LEVEL: 'trace' },
    BFF_FRONTENDS: JSON.stringify([frontends.console, frontends.admin, withProvider]),
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
  const ada = personOf(provider, 'ada', { memberships: [{ tenant: 'acme', role: 'editor' }] });
  const file = join(folder, 'directory.json');
  const users = [...the.directory.users, ada];
  writeFileSync(file, JSON.stringify({ ...the.directory, users }));
  const applied = await programs.run('bff', { args: ['apply', file], environment });
  expect([applied.code, applied.stderr]).toEqual([0, '']);
  program = programs.start('service', { environment });
  const listening = await program.listening();
  port = listening.port;

  await useMembers();
  await failUpstream();
  await useProvider();
  await administrate();

  const lastId = answers.at(-1)?.headers['x-request-id'];
  await program.until(({ requests }) => requests.find(({ id }) => id === lastId));
  const management = new Browser({ port: listening.managementPort, host: '127.0.0.1' });
  metrics = (await management.get('/metrics')).text;
  management.close();
}, 180_000);
afterAll(async () => {
  for (const browser of browsers) browser.close();
  await programs.killAll();
  await sinch.close();
  await provider.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('no password, key, token, code, cookie, query or body (LOG-10)', () => {
  it('is logged, at any level', () => {
    expect(program.requests.length).toBeGreaterThan(answers.length);
    expect(textsWithSecrets([...program.stdoutLines, ...program.stderrLines], secrets)).toEqual([]);
  });

  it('is a metric', () => {
    expect(metrics).toContain('bff_requests_total');
    expect(textsWithSecrets(metrics.split('\n'), secrets)).toEqual([]);
  });

  it('is in an error', () => {
    const errors = answers.filter(({ status }) => status >= 400);
    expect(errors.length).toBeGreaterThan(500);
    expect(
      textsWithSecrets(
        errors.map(({ text, rawHeaders }) => `${rawHeaders.join('\n')}\n${text}`),
        secrets,
      ),
    ).toEqual([]);
  });
});
