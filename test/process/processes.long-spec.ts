import 'reflect-metadata';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { exitCodeOf, explain } from '../../apps/bff/src/exit.js';
import { type Answer, Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type Program, Programs } from '../support/program.js';
import { rawExchange } from '../support/raw.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

const home = mkdtempSync(join(tmpdir(), 'bff-processes-'));
const programs = new Programs();
const browsers: Browser[] = [];
let sinch: SixUpstreams;
let folders = 0;

const frontends = [
  { name: 'console', class: 'internal', origin: 'https://console.bff.test' },
  { name: 'admin', class: 'admin', origin: 'https://admin.bff.test' },
];

const file = (name: string, content: string | object): string => {
  const path = join(home, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const newFolder = (): string => {
  const folder = join(home, `data-${(folders += 1)}`);
  mkdirSync(folder);
  return folder;
};

const wholeDirectory = file('the-directory.yaml', the.directory);

/** The environment of a service with a directory in this folder. */
const environmentIn = (folder: string, more: Record<string, string> = {}): Record<string, string> => ({
  ...sinch.environment(),
  BFF_FRONTENDS: JSON.stringify(frontends),
  BFF_PORT: '0',
  BFF_MANAGEMENT_PORT: '0',
  BFF_DRAIN_SECONDS: '0',
  DATABASE_URL: `pglite:${join(folder, 'directory')}`,
  ...more,
});

/** A new folder with a copy of `the.directory`; applying it would take seconds. */
const filledFolder = (): string => {
  const folder = newFolder();
  cpSync(join(home, 'template'), folder, { recursive: true });
  return folder;
};

const applyIn = (folder: string, path: string): ReturnType<Programs['run']> =>
  programs.run('bff', { args: ['apply', path], environment: environmentIn(folder) });

/** Runs `bff apply` in this process, because a new process takes a second to load. */
async function applyToShared(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  const environment = { ...environmentIn(shared.folder), ...variables };
  const program = operatorProgram(environment, Readable.from([]), (line) => (stdout += `${line}\n`));
  try {
    await program.parseAsync(['apply', ...args], { from: 'user' });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    return { code: exitCodeOf(error), stdout, stderr: explain(error) };
  }
}

/** Runs during all tests, for those that need no service of their own. */
const shared = { programs: new Programs(), folder: '' } as {
  readonly programs: Programs;
  folder: string;
  service: Running;
};
let firstApply: Awaited<ReturnType<Programs['run']>>;

beforeAll(async () => {
  sinch = await startSixUpstreams();
  mkdirSync(join(home, 'template'));
  firstApply = await applyIn(join(home, 'template'), wholeDirectory);
  shared.folder = filledFolder();
  shared.service = await startService(shared.folder, {}, shared.programs);
}, 120_000);
beforeEach(() => sinch.reset());
afterEach(async () => {
  for (const browser of browsers.splice(0)) browser.close();
  await programs.killAll();
});
afterAll(async () => {
  await shared.programs.killAll();
  await sinch.close();
  rmSync(home, { recursive: true, force: true });
});

interface Running {
  readonly program: Program;
  readonly port: number;
  readonly managementPort: number;
  readonly browser: () => Browser;
  readonly signedIn: () => Promise<Browser>;
  readonly management: () => Browser;
}

async function startService(
  folder: string,
  more: Record<string, string> = {},
  owner = programs,
): Promise<Running> {
  const program = owner.start('service', { environment: environmentIn(folder, more) });
  const { port, managementPort } = await program.listening();
  const make = (to: number, origin: string): Browser => {
    const browser = new Browser({ port: to, host: new URL(origin).host, origin });
    browsers.push(browser);
    return browser;
  };
  const browser = (): Browser => make(port, 'https://console.bff.test');
  return {
    program,
    port,
    managementPort,
    browser,
    signedIn: async () => {
      const made = browser();
      await made.signIn(the.editor);
      return made;
    },
    management: () => make(managementPort, `http://127.0.0.1:${managementPort}`),
  };
}

async function within<Result>(milliseconds: number, promise: Promise<Result>): Promise<Result> {
  const late = pause(milliseconds, undefined, { ref: false }).then(() => {
    throw new Error(`It took longer than ${milliseconds} ms`);
  });
  return Promise.race([promise, late]);
}

async function nameOfAcme(browser: Browser): Promise<unknown> {
  const { tenants } = (await browser.get('/session')).json as { tenants: { id: string; name: string }[] };
  return tenants.find(({ id }) => id === 'acme')?.name;
}

/** A listener on a port that the service is configured to use. */
async function takenPort(): Promise<{ readonly port: string; readonly free: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() };
}

const stackLine = /^\s+at /m;

/** Expects one line on standard error with the cause, and no other output. */
function expectOneClearLine(program: Program, about: string | RegExp): void {
  expect(program.stderrLines).toHaveLength(1);
  expect(program.stderr).toMatch(about);
  expect(program.stderr).not.toMatch(stackLine);
  expect(program.stdout).toBe('');
}

describe('the service does not start', () => {
  it.each(['BFF_PORT', 'BFF_MANAGEMENT_PORT'])(
    'and exits with 1 and one line when %s is taken',
    async (name) => {
      const taken = await takenPort();
      const folder = filledFolder();
      const program = await programs.run('service', {
        environment: environmentIn(folder, { [name]: taken.port }),
      });
      taken.free();
      expect(program.code).toBe(1);
      expectOneClearLine(program, taken.port);
      expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
    },
  );

  it('and exits with 1 and one line when another service has the same embedded directory', async () => {
    const second = await programs.run('service', { environment: environmentIn(shared.folder) });
    expect(second.code).toBe(1);
    expectOneClearLine(second, join(shared.folder, 'directory'));
    await shared.service.signedIn();
  });
});

describe('the service ends', () => {
  it('on SIGTERM with 0, after the requests in flight, and takes no new ones (RES-13)', async () => {
    const { program, port, management, signedIn } = await startService(filledFolder());
    const [browser, idle, probe] = [await signedIn(), await signedIn(), management()];
    const arrived = sinch.production.nextRequest();
    let answerNow = (): void => undefined;
    sinch.production.answer(async () => {
      await new Promise<void>((done) => (answerNow = done));
      return { body: { late: true } };
    });
    const answer = browser.get('/v1/tenants/acme/whatsapp');
    await arrived;

    program.signal('SIGTERM');
    await eventually(
      async () => {
        const ready = await probe.get('/health/ready');
        expect([ready.status, ready.json]).toEqual([503, expect.objectContaining({ status: 'draining' })]);
      },
      { withinMs: 2_000 },
    );
    expect((await probe.get('/health/live')).status).toBe(200);
    await eventually(() => expect(rawExchange(port, 'x')).rejects.toThrow('ECONNREFUSED'), {
      withinMs: 2_000,
    });
    await expect(idle.get('/session')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);

    answerNow();
    expect((await answer).json).toEqual({ late: true });
    expect(await within(5_000, program.ended)).toEqual({ code: 0, signal: null });
    expect(program.requests.at(-1)).toMatchObject({ operation: 'account.read', status: 200 });
    expect(program.stderr).toBe('');
  });

  it('on SIGINT, even if repeated, with 0, and releases the directory', async () => {
    const folder = filledFolder();
    const { program, browser } = await startService(folder);
    await browser().get('/session');
    program.signal('SIGINT');
    program.signal('SIGINT');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    expect(program.requests).toHaveLength(1);
    expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
  });
});

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
    const { program, browser, signedIn, management } = await startService(filledFolder(), {
      LOG_LEVEL: 'trace',
    });
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

    const bad: Parameters<typeof sinch.production.answer>[0][] = [
      { status: 500, body: 'canary junk' },
      { status: 400, body: { errorCode: 'invalid_request', message: 'canary', resolution: 'canary' } },
      { body: '<canary>', headers: { 'content-type': 'text/html' } },
      { body: { canary: 'canary' }, cutAt: 5 },
      { raw: 'canary\r\n\r\n' },
      { status: 401, body: { canary: true }, headers: { 'www-authenticate': 'Bearer canary' } },
      { status: 302, headers: { location: 'https://canary.example' } },
    ];
    for (const reply of bad) {
      sinch.production.answer(reply);
      await note(member.get('/v1/tenants/acme/whatsapp'));
    }
    sinch.tokens['staging-dev'].answer({ status: 401, body: { error: 'canary' } });
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
    const { program, port } = shared.service;
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

describe('the two ports', () => {
  it.each<[path: string, type: RegExp, body: RegExp]>([
    ['/health/live', /^application\/json/, /"status":"alive"/],
    ['/health/ready', /^application\/json/, /"status":"ready","directory":"reachable"/],
    ['/health/ready?verbose=1', /^application\/json/, /"status":"ready"/],
    ['/metrics', /^text\/plain/, /^# TYPE bff_requests_total counter$/m],
  ])('%s is served only on the management port (LOG-12)', async (path, type, body) => {
    const answer = await shared.service.management().get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.text).toMatch(body);
    expect(answer.headers).not.toHaveProperty('server');
    expect((await shared.service.browser().get(path)).status).toBe(404);
    expect((await (await shared.service.signedIn()).get(path)).status).toBe(404);
  });

  it.each([
    '/',
    '/session',
    '/sessions',
    '/v1/tenants',
    '/v1/tenants/acme/whatsapp',
    '/health',
    '/health/live/',
  ])('%s is not served on the management port', async (path) => {
    const answer = await shared.service.management().get(path);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ errorCode: 'bff_route_not_found' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'])(
    '%s is rejected with 405 on the management port',
    async (method) => {
      const answer = await shared.service.management().request(method, '/health/live');
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    },
  );

  it.each(['constructor', '__proto__', 'toString', '/constructor', '/__proto__'])(
    'the management port has no page %s',
    async (path) => {
      const head = await rawExchange(
        shared.service.managementPort,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(head).toMatch(/^HTTP\/1\.1 40[04] /);
    },
  );
});

describe('bff apply', () => {
  const renamed = (name: string): object => ({ tenants: [{ id: 'acme', name }] });

  it('creates the directory without a running service, for its owner only, and reports each record', async () => {
    const folder = join(home, 'template');
    expect([firstApply.code, firstApply.stderr]).toEqual([0, '']);
    expect(firstApply.stdoutLines).toHaveLength(25);
    expect(firstApply.stdoutLines).toEqual(expect.arrayContaining(['tenant acme: created']));
    expect(firstApply.stdoutLines.filter((line) => !line.endsWith(': created'))).toEqual([]);
    const again = await applyIn(filledFolder(), wholeDirectory);
    expect(again.stdout).toBe(firstApply.stdout.replaceAll(': created', ': unchanged'));
    expect(statSync(join(folder, 'encryption.key')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
    expect(firstApply.stdout + again.stdout).not.toContain('canary');
  });

  it('sends the file to the running service over a socket of mode 0600; it takes effect within 1 s and survives a crash', async () => {
    const folder = filledFolder();
    const { program, signedIn } = await startService(folder);
    const socket = statSync(join(folder, 'directory.sock'));
    expect([socket.isSocket(), socket.mode & 0o777]).toEqual([true, 0o600]);
    const browser = await signedIn();
    expect(await nameOfAcme(browser)).toBe('Acme Ltd');

    const applied = await applyIn(folder, file('renamed.yaml', renamed('Acme Group')));
    expect([applied.code, applied.stderr, applied.stdout]).toEqual([0, '', 'tenant acme: updated\n']);
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 1_000 });

    // The socket of a killed service prevents neither apply nor the next service.
    program.signal('SIGKILL');
    await program.ended;
    expect(existsSync(join(folder, 'directory.sock'))).toBe(true);
    const again = await applyIn(folder, join(home, 'renamed.yaml'));
    expect([again.code, again.stderr, again.stdout]).toEqual([0, '', 'tenant acme: unchanged\n']);
    const next = await (await startService(folder)).signedIn();
    expect(await nameOfAcme(next)).toBe('Acme Group');
    expect((await next.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
  });

  it('applies two files at once through the running service', async () => {
    const documents = ['orchard', 'summit'].map((id) => ({ tenants: [{ id, name: `${id} at once` }] }));
    const paths = documents.map((document, index) => file(`together-${index}.yaml`, document));
    const both = await Promise.all(paths.map((path) => applyIn(shared.folder, path)));
    expect(both.map(({ code, stderr, stdout }) => [code, stderr, stdout])).toEqual([
      [0, '', 'tenant orchard: updated\n'],
      [0, '', 'tenant summit: updated\n'],
    ]);
    for (const path of paths) expect((await applyToShared([path])).stdout).toMatch(/: unchanged\n$/);
  });

  it('keeps every change it reported if two run at once without a service, and a failed one prints one line', async () => {
    const folder = filledFolder();
    const tenants = ['acme', 'orchard'].map((id) => ({ id, name: `${id} at once` }));
    const both = await Promise.all(
      tenants.map((tenant) => applyIn(folder, file(`${tenant.id}.yaml`, { tenants: [tenant] }))),
    );
    const applied = tenants.filter((_, index) => both[index]?.code === 0);
    expect(applied).not.toEqual([]);
    const after = await applyIn(folder, file('applied.yaml', { tenants: applied }));
    expect(after.stdoutLines).toEqual(applied.map(({ id }) => `tenant ${id}: unchanged`));
    for (const rejected of both.filter(({ code }) => code !== 0)) {
      expect([rejected.code, rejected.stdout]).toEqual([1, '']);
      expect(rejected.stderrLines).toHaveLength(1);
    }
  });

  it('takes ${NAME} from the environment, several times in one value and within other text', async () => {
    const path = file(
      'variables.yaml',
      [
        'tenants:',
        '  - id: acme',
        '    name: The ${FIRST}${SECOND} $FIRST ${not-a-name} company',
        '    credentials:',
        '      scheme: oauth2',
        '      keyId: acme-key',
        '      keySecret: ${ACME_KEY_SECRET}',
      ].join('\n'),
    );
    const variables = { FIRST: 'A: #', SECOND: '${FIRST}', ACME_KEY_SECRET: 'acme-canary-secret' };
    const applied = await applyToShared([path], variables);
    expect([applied.code, applied.stderr, applied.stdout]).toEqual([
      0,
      '',
      'tenant acme: updated\ncredentials of acme: unchanged\n',
    ]);
    const stays = file('taken.yaml', renamed('The A: #${FIRST} $FIRST ${not-a-name} company'));
    expect((await applyToShared([stays], { FIRST: '${FIRST}' })).stdout).toBe('tenant acme: unchanged\n');
  });

  it('names every missing variable with its line', async () => {
    const path = file(
      'missing.yaml',
      'tenants:\n  - id: acme\n    name: ${NAME_OF_ACME}\nusers:\n  - email: a@b.example\n    password: ${PASSWORD_OF_A}\n',
    );
    const rejected = await applyToShared([path]);
    expect(rejected.code).toBe(1);
    expect(rejected.stderr).toMatch(/line 3: .*NAME_OF_ACME/);
    expect(rejected.stderr).toMatch(/line 6: .*PASSWORD_OF_A/);
  });

  it('names a missing variable and every other problem of the file at once (docs/contract.md section 7)', async () => {
    const path = file(
      'missing-and-more.yaml',
      'tenants:\n  - id: acme\n    name: ${NAME_OF_ACME}\n    colour: red\n  - id: acme\n',
    );
    const rejected = await applyToShared([path]);
    expect(rejected.code).toBe(1);
    expect(rejected.stderr).toMatch(/line 3: .*NAME_OF_ACME/);
    expect(rejected.stderr).toMatch(/line 4: tenants\[0\]\.colour/);
    expect(rejected.stderr).toMatch(/line 5: tenants\[1\]\.id/);
  });

  it.each<[what: string, yaml: string, expected: RegExp[]]>([
    [
      'problems within records',
      'tenants:\n  - id: acme\n    plane: both\n  - id: orchard\n    credentials:\n      scheme: digest\n',
      [
        /line 3: tenants\[0\]\.plane/,
        /line 6: tenants\[1\]\.credentials\.scheme/,
        /tenants\[1\]\.credentials\.keyId/,
      ],
    ],
    [
      'problems between records',
      'tenants:\n  - id: new\n    name: New\n    projectId: p\n    environment: staging\nusers:\n  - email: a@b.example\n    name: A\n    memberships:\n      - tenant: nowhere\n        role: viewer\n',
      [/line 2: tenants\[0\]\.plane/, /line 10: users\[0\]\.memberships\[0\]\.tenant/],
    ],
    ['a file that is not YAML', 'tenants: [\n  - {', [/line [123]/]],
    ['a repeated member', 'tenants:\n  - id: acme\n    id: orchard\n', [/line 3/]],
    ['a file that is a list', '- id: acme\n', [/must be an object with the lists/]],
    ['a file that is a string', 'tenants\n', [/must be an object with the lists/]],
    ['two documents in one file', 'tenants: []\n---\ntenants: []\n', [/./]],
  ])('lists %s with their lines, and exits 1', async (_, yaml, expected) => {
    const rejected = await applyToShared([file('problems.yaml', yaml)]);
    expect([rejected.code, rejected.stdout]).toEqual([1, '']);
    for (const pattern of expected) expect(rejected.stderr).toMatch(pattern);
    expect(rejected.stderr).not.toMatch(stackLine);
  });

  it('supports --dry-run and --prune', async () => {
    const before = await applyToShared([wholeDirectory, '--dry-run']);
    const path = file('prune.yaml', { adminCredentials: [], ...renamed('Acme Group') });
    const dry = await applyToShared([path, '--prune', '--dry-run']);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^tenant orchard: removed$/m);
    expect(dry.stdout).toMatch(/^admin credentials of production: removed$/m);
    expect(dry.stdout).toMatch(/^tenant acme: updated$/m);
    expect(dry.stdout).toMatch(/dry run/);
    expect(await applyToShared([wholeDirectory, '--dry-run'])).toEqual(before);
  });
});
