import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { rawExchange } from '../support/raw.js';
import { the } from '../support/the.js';
import { ProcessesFixture } from './processes-fixture.js';

const fixture = new ProcessesFixture();
beforeAll(() => fixture.start({ LOG_LEVEL: 'trace' }), 120_000);
beforeEach(() => fixture.sinch.reset());
afterEach(() => fixture.endTest());
afterAll(() => fixture.close());

describe('the log', () => {
  const fields = [
    ...[
      'id',
      'client',
      'user',
      'frontend',
      'tenant',
      'operation',
      'server',
      'status',
      'upstreamMs',
      'totalMs',
    ],
  ];

  it('has one JSON line for each request, with every field, and no secret (LOG-09, LOG-10, CRD-04)', async () => {
    const { program, browser, signedIn, management } = fixture.shared.service;
    const answers: Answer[] = [];
    const note = async (answer: Promise<Answer>): Promise<Answer> => {
      answers.push(await answer);
      return answer;
    };
    const anonymous = browser();
    const signIn = (body: unknown): Promise<Answer> => note(anonymous.post('/session', body));
    await signIn({ email: the.editor.email, password: 'canary-wrong-password' });
    await signIn({ email: 'canary@nowhere.example', password: 'canary-wrong-password' });
    await signIn({ email: the.editor.email, password: the.editor.password, canary: 'canary' });
    await signIn(['canary']);
    await note(
      anonymous.request('POST', '/session', {
        rawBody: '{"password":"canary',
        headers: { 'content-type': 'application/json' },
      }),
    );
    anonymous.setCookie('__Host-bff-session', 'canary-forged-cookie');
    await note(anonymous.get('/v1/tenants/acme/whatsapp'));
    anonymous.setCookie('canary', 'canary\u00e9');
    await note(anonymous.get('/session', undefined, { authorization: 'Bearer canary' }));

    const member = await signedIn();
    const cookies = [...member.cookies.values()];
    const account = await note(member.get('/v1/tenants/acme/whatsapp'));
    await note(member.get('/v1/tenants/harbour/whatsapp'));
    await note(
      member.post('/v1/tenants/acme/whatsapp/comments', { comment: 'canary comment\n{"forged":1}' }),
    );
    await note(member.post('/v1/tenants/acme/whatsapp/comments', { comment: 'x', canary: 'canary' }));
    await note(member.get('/v1/tenants/acme/whatsapp/activities?pageToken=canary-page&pageSize=2'));
    await note(member.get('/v1/tenants/acme/whatsapp/activities?canary=canary'));
    await note(member.get('/v1/tenants/canary-tenant/whatsapp'));
    await note(member.get('/v1/tenants/bare/whatsapp'));
    await note(member.get('/canary-path?canary=canary'));
    await note(member.get('/canary%2Fpath/%00'));
    await note(member.get('//canary'));
    await note(member.request('PURGE', '/session'));
    await note(member.get('/session', undefined, { host: 'canary.example' }));
    await note(member.get('/session', undefined, { origin: 'https://canary.example' }));
    await note(member.get('/session', undefined, { 'x-csrf': undefined, referer: 'https://canary.example' }));
    await note(
      member.get('/session', undefined, {
        'x-request-id': 'canary',
        'user-agent': 'canary',
        traceparent: '00-canary',
        'x-forwarded-for': 'canary',
      }),
    );

    const bad: Parameters<typeof fixture.sinch.production.answer>[0][] = [
      { status: 500, body: 'canary junk' },
      { status: 400, body: { errorCode: 'invalid_request', message: 'canary', resolution: 'canary' } },
      { body: '<canary>', headers: { 'content-type': 'text/html' } },
      { body: { canary: 'canary' }, cutAt: 5 },
      { raw: 'canary\r\n\r\n' },
      { status: 401, body: { canary: true }, headers: { 'www-authenticate': 'Bearer canary' } },
      { status: 302, headers: { location: 'https://canary.example' } },
    ];
    for (const reply of bad) {
      fixture.sinch.production.answer(reply);
      await note(member.get('/v1/tenants/acme/whatsapp'));
    }
    fixture.sinch.tokens['staging-dev'].answer({ status: 401, body: { error: 'canary' } });
    await note(member.get('/v1/tenants/lantern/whatsapp'));
    await note(member.get('/sessions'));
    await note(member.delete('/session'));

    const ids = answers.map(({ headers }) => String(headers['x-request-id']));
    expect(new Set(ids).size).toBe(ids.length);
    const lines = await program.until(({ requests }) =>
      requests.length > ids.length ? requests : undefined,
    );
    const [signInLine] = lines.filter(({ id }) => !ids.includes(String(id)));
    expect(signInLine).toMatchObject({
      ...{ frontend: 'console', tenant: null, operation: 'session.create', status: 201 },
      ...{ server: null, upstreamMs: null, totalMs: expect.any(Number) },
    });
    expect(lines.map(({ id }) => String(id)).sort()).toEqual([...ids, String(signInLine?.['id'])].sort());
    for (const line of lines) expect(Object.keys(line)).toEqual(expect.arrayContaining(fields));
    for (const answer of answers) {
      const line = lines.find(({ id }) => id === answer.headers['x-request-id']);
      expect(line).toMatchObject({ status: answer.status });
    }
    expect(lines.find(({ id }) => id === account.headers['x-request-id'])).toMatchObject({
      ...{
        client: '127.0.0.1',
        user: expect.stringMatching(/^[0-9a-f-]{36}$/),
        frontend: 'console',
        tenant: 'acme',
        operation: 'account.read',
        server: 'production',
        status: 200,
      },
      ...{ upstreamMs: expect.any(Number), totalMs: expect.any(Number) },
    });

    const metrics = (await management().get('/metrics')).text;
    const said = [...program.stdoutLines, ...program.stderrLines, ...metrics.split('\n')];
    for (const secret of ['canary', 'token-production', ...cookies]) {
      expect(said.filter((line) => line.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
    }
    expect(program.stderr).toBe('');
    expect(metrics).not.toMatch(/acme|console\.bff/);
  });

  it('also has one line with every field for a request that the HTTP parser rejects', async () => {
    const { program, port } = fixture.shared.service;
    const before = program.requests.length;
    expect(await rawExchange(port, 'GET canary HTTP/9.9\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rawExchange(port, `GET / HTTP/1.1\r\nx: ${'canary'.repeat(4_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    const lines = await program.until(({ requests }) =>
      requests.length >= before + 2 ? requests.slice(before) : undefined,
    );
    expect(lines.map(({ status }) => status)).toEqual([400, 431]);
    expect(program.stdout).not.toContain('canary');
    for (const line of lines) expect(Object.keys(line)).toEqual(expect.arrayContaining(fields));
  });
});
