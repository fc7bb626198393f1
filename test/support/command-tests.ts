import { type AuditRecord } from '@bff/audit';
import { loadConfig } from '@bff/config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { type Answer, Browser } from './browser.js';
import { codeAt, REASON } from './elevating.js';
import { expectProblem } from './forwarding.js';
import { type Outcome, runCommand } from './run-command.js';
import { type SixUpstreams, startSixUpstreams } from './six-upstreams.js';
import { type FrontendName, frontends } from './start-bff.js';
import { TEST_KEYS, type TestDatabase } from './test-database.js';

let sinch: SixUpstreams;
beforeAll(async () => {
  sinch = await startSixUpstreams();
});
afterEach(() => sinch.reset());
afterAll(async () => {
  await sinch.close();
});

const environmentAt = (url: string): Record<string, string> => ({
  ...sinch.environment(),
  BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
  ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
  ...{ DATABASE_URL: url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
});

const firstOf = ({ lines }: Outcome): Record<string, unknown> =>
  JSON.parse(lines[0] ?? '') as Record<string, unknown>;

const tenantOptions = (id: string): string[] => [
  '--name',
  `The ${id}`,
  '--project-id',
  `p-${id}`,
  '--environment',
  'production',
  '--plane',
  'public',
];

type Refusal = readonly [what: string, args: readonly string[], code: number, error: RegExp, input?: string];

/** Gives all rows the same length, because Jest would use a parameter without a value as its `done`. */
const withInput = (refusals: readonly Refusal[]): Required<Refusal>[] =>
  refusals.map(([what, args, code, error, input = '']) => [what, args, code, error, input]);

/**
 * The tests of the commands, executed by the called process or by a service that runs on the same directory.
 */
export function describeCommands(newDatabase: () => Promise<TestDatabase>, withService: boolean): void {
  let database: TestDatabase;
  let service: Service | undefined;
  const browsers: Browser[] = [];
  const output: string[] = [];
  beforeAll(async () => {
    database = await newDatabase();
    if (withService) service = await startService(loadConfig(environmentAt(database.url)));
  });
  afterEach(() => browsers.splice(0).forEach((browser) => browser.close()));
  afterAll(async () => {
    await service?.close();
    await database.drop();
  });

  async function bff(args: readonly string[], input?: string): Promise<Outcome> {
    const outcome = await runCommand(args, {
      environment: environmentAt(database.url),
      ...(input !== undefined && { input }),
    });
    output.push(...outcome.lines, outcome.error);
    return outcome;
  }

  /** Expects success. @returns the record of the first line */
  async function record(args: readonly string[], input?: string): Promise<Record<string, unknown>> {
    const outcome = await bff(args, input);
    expect([outcome.code, outcome.error]).toEqual([0, '']);
    return firstOf(outcome);
  }

  /**
   * Sends requests to a service on this directory: to the running one, or to a new one that is closed
   * afterwards.
   */
  async function withBrowsers<Result>(
    ask: (browserAt: (frontend: FrontendName) => Browser) => Promise<Result>,
  ): Promise<Result> {
    const asked = service ?? (await startService(loadConfig(environmentAt(database.url))));
    try {
      return await ask((frontend) => {
        const { origin } = frontends[frontend];
        const browser = new Browser({ port: asked.port, host: new URL(origin).host, origin });
        browsers.push(browser);
        return browser;
      });
    } finally {
      if (asked !== service) {
        browsers.splice(0).forEach((browser) => browser.close());
        await asked.close();
      }
    }
  }

  const signIn = (email: string, password: string): Promise<Answer> =>
    withBrowsers((browserAt) => browserAt('console').post('/session', { email, password }));

  describe('bff users', () => {
    it('create generates a password, which is shown only once and signs in', async () => {
      const outcome = await bff(['users', 'create', 'ann@acme.example', '--name', 'Ann']);
      expect([outcome.code, outcome.error]).toEqual([0, '']);
      expect(outcome.lines).toHaveLength(2);
      expect(firstOf(outcome)).toMatchObject({
        ...{ email: 'ann@acme.example', name: 'Ann', role: 'user', disabled: false },
        ...{ hasPassword: true, hasSecondFactor: false, memberships: [] },
      });
      const [, password = ''] =
        /^The password of ann@acme\.example, shown only once: (\S{20,})$/.exec(outcome.lines[1] ?? '') ?? [];
      expect((await signIn('ann@acme.example', password)).status).toBe(201);
      expect((await bff(['users', 'show', 'ann@acme.example'])).lines.join()).not.toContain(password);
      expect((await bff(['users', 'list'])).lines.join()).not.toContain(password);
    });

    it('create reads a password from standard input, and can create admins', async () => {
      const args = ['users', 'create', '--email', 'root@bff.example', '--admin', '--password-stdin'];
      const outcome = await bff(args, 'root-canary-password\n');
      expect([outcome.code, outcome.lines.length]).toEqual([0, 1]);
      expect(firstOf(outcome)).toMatchObject({
        email: 'root@bff.example',
        name: 'root@bff.example',
        role: 'admin',
      });
      expect((await signIn('root@bff.example', 'root-canary-password')).status).toBe(201);
    });

    it('create can create a user of an OpenID provider, without a password', async () => {
      const args = [
        'users',
        'create',
        'idp@acme.example',
        '--issuer',
        'https://id.example',
        '--subject',
        's-1',
      ];
      expect(await record(args)).toMatchObject({
        ...{ hasPassword: false, identity: { issuer: 'https://id.example', subject: 's-1' } },
      });
    });

    let people: Outcome | undefined;
    it.each(
      withInput([
        ['create without an address', ['create'], 2, /specify the user/],
        [
          'create with half an identity',
          ['create', 'x@y.example', '--issuer', 'https://id.example'],
          2,
          /--subject/,
        ],
        ['create of an address that is taken', ['create', 'ann@acme.example'], 1, /bff_conflict/],
        [
          'create of an address that is taken in another case',
          ['create', 'ANN@acme.example'],
          1,
          /bff_conflict/,
        ],
        ['create with an invalid address', ['create', 'ann'], 2, /^email must be/],
        ['create with an empty password', ['create', 'x@y.example', '--password-stdin'], 2, /standard input/],
        [
          'create with a short password',
          ['create', 'x@y.example', '--password-stdin'],
          2,
          /12 to 1024 characters/,
          'short',
        ],
        ['show of an unknown user', ['show', 'no@body.example'], 1, /bff_not_found/],
        ['role of an unknown user', ['role', 'no@body.example', 'admin'], 1, /bff_not_found/],
        ['role with an unknown role', ['role', 'ann@acme.example', 'king'], 2, /Allowed choices/],
        ['role without a role', ['role', 'ann@acme.example'], 2, /missing required argument/],
        [
          'role of the last admin',
          ['role', 'root@bff.example', 'user'],
          1,
          /bff_conflict: .*last active admin/,
        ],
        [
          'disable of the last admin',
          ['disable', 'root@bff.example'],
          1,
          /bff_conflict: .*last active admin/,
        ],
        ['remove of the last admin', ['remove', 'root@bff.example'], 1, /bff_conflict: .*last active admin/],
        ['password without one', ['password', 'ann@acme.example'], 2, /standard input/],
        ['totp of an unknown user', ['totp', 'no@body.example'], 1, /bff_not_found/],
        [
          'grant on an unknown tenant',
          ['grant', 'ann@acme.example', 'nowhere', 'viewer'],
          1,
          /bff_tenant_not_found/,
        ],
        ['revoke on an unknown tenant', ['revoke', 'ann@acme.example', 'nowhere'], 1, /bff_tenant_not_found/],
        ['remove of an unknown user', ['remove', 'no@body.example'], 1, /bff_not_found/],
      ]),
    )('rejects %s', async (_, args, code, error, input) => {
      people ??= await bff(['users', 'list']);
      const outcome = await bff(['users', ...args], input);
      expect(outcome.code).toBe(code);
      expect(outcome.error).toMatch(error);
      expect(outcome.error).not.toMatch(/^\s+at /m);
      expect(outcome.lines).toEqual([]);
      expect(await bff(['users', 'list'])).toEqual(people);
    });

    it('disable ends the sessions of a user and prevents new ones, and enable permits them again', async () => {
      await bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password');
      await withBrowsers(async (browserAt) => {
        const browser = browserAt('console');
        await browser.signIn({ email: 'ann@acme.example', password: 'ann-canary-password' });
        if (withService) {
          expect(await record(['users', 'disable', 'ann@acme.example'])).toMatchObject({ disabled: true });
          expectProblem(await browser.get('/session'), 401, 'bff_session_required');
        }
      });
      await bff(['users', 'disable', 'ann@acme.example']);
      expect((await signIn('ann@acme.example', 'ann-canary-password')).status).toBe(401);
      expect(await record(['users', 'enable', 'ann@acme.example'])).toMatchObject({ disabled: false });
      expect((await signIn('ann@acme.example', 'ann-canary-password')).status).toBe(201);
    });

    it('password replaces the password, and the old one is rejected', async () => {
      const outcome = await bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-2\r\n');
      expect(outcome.code).toBe(0);
      expect((await signIn('ann@acme.example', 'ann-canary-password')).status).toBe(401);
      expect((await signIn('ann@acme.example', 'ann-canary-password-2')).status).toBe(201);
    });

    it('role grants and revokes the role of admin', async () => {
      expect(await record(['users', 'role', 'ann@acme.example', 'admin'])).toMatchObject({ role: 'admin' });
      expect(await record(['users', 'role', 'ann@acme.example', 'user'])).toMatchObject({ role: 'user' });
    });

    it('totp shows a QR code, a URI and the secret once, and its code elevates (ELV-07)', async () => {
      const { code, lines, error } = await bff(['users', 'totp', 'root@bff.example']);
      expect([code, error]).toEqual([0, '']);
      const uri = lines.at(-2) ?? '';
      const secret = /: ([A-Z2-7]{32})$/.exec(lines.at(-1) ?? '')?.[1] ?? '';
      expect(uri).toMatch(/^otpauth:\/\/totp\/.*root%40bff\.example\?/);
      expect(new URL(uri).searchParams.get('secret')).toBe(secret);
      const picture = lines.slice(0, -2);
      expect(picture.length).toBeGreaterThan(15);
      expect(new Set(picture.map((line) => [...line].length)).size).toBe(1);
      expect(picture.join('')).toMatch(/^[█▀▄ ]+$/);
      const elevated = await withBrowsers(async (browserAt) => {
        const browser = browserAt('admin');
        await browser.signIn({ email: 'root@bff.example', password: 'root-canary-password' });
        return browser.post('/session/elevation', { code: codeAt(Date.now(), 0, secret), reason: REASON });
      });
      expect(elevated.status).toBe(200);
      const afterwards = [
        await bff(['users', 'show', 'root@bff.example']),
        await bff(['users', 'list']),
        await bff(['audit', 'export']),
      ];
      expect(firstOf(afterwards[0] as Outcome)).toMatchObject({ hasSecondFactor: true });
      expect(afterwards.flatMap(({ lines }) => lines).filter((line) => line.includes(secret))).toEqual([]);
      const again = await bff(['users', 'totp', 'root@bff.example']);
      expect(again.lines.join()).not.toContain(secret);
    });
  });

  describe('bff tenants', () => {
    it('create, list, show and update work on the records of tenants', async () => {
      const created = await record(['tenants', 'create', 'alpha', ...tenantOptions('alpha')]);
      expect(created).toMatchObject({
        ...{
          id: 'alpha',
          name: 'The alpha',
          projectId: 'p-alpha',
          environment: 'production',
          plane: 'public',
        },
      });
      await record(['tenants', 'create', 'beta', ...tenantOptions('beta')]);
      const list = await bff(['tenants', 'list']);
      expect(list.lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['alpha', 'beta']);
      expect(await record(['tenants', 'show', 'alpha'])).toEqual(created);
      const changed = await record(['tenants', 'update', 'alpha', '--name', 'Alpha Group']);
      expect(changed).toMatchObject({ id: 'alpha', name: 'Alpha Group', projectId: 'p-alpha' });
    });

    let known: Outcome | undefined;
    it.each<[what: string, args: string[], code: number, error: RegExp]>([
      ['create of an id that is taken', ['create', 'alpha', ...tenantOptions('other')], 1, /bff_conflict/],
      ['create of a project that is taken', ['create', 'gamma', ...tenantOptions('beta')], 1, /bff_conflict/],
      ['create without details', ['create', 'gamma'], 2, /--name/],
      ['create with an invalid id', ['create', 'Gamma!', ...tenantOptions('gamma')], 2, /^id must/],
      ['show of an unknown tenant', ['show', 'nowhere'], 1, /bff_tenant_not_found/],
      ['update of an unknown tenant', ['update', 'nowhere', '--name', 'x'], 1, /bff_tenant_not_found/],
      [
        'update to an unknown environment',
        ['update', 'alpha', '--environment', 'moon'],
        2,
        /Allowed choices/,
      ],
      ['remove of an unknown tenant', ['remove', 'nowhere'], 1, /bff_tenant_not_found/],
    ])('rejects %s', async (_, args, code, error) => {
      known ??= await bff(['tenants', 'list']);
      const outcome = await bff(['tenants', ...args]);
      expect([outcome.code, outcome.lines]).toEqual([code, []]);
      expect(outcome.error).toMatch(error);
      expect(await bff(['tenants', 'list'])).toEqual(known);
    });

    it('grant creates a membership and changes its role, and revoke removes it', async () => {
      const memberships = async (): Promise<unknown> =>
        (await record(['users', 'show', 'ann@acme.example']))['memberships'];
      for (const role of ['viewer', 'editor']) {
        expect(await record(['users', 'grant', 'ann@acme.example', 'alpha', role])).toMatchObject({
          ...{ email: 'ann@acme.example', role },
        });
        expect(await memberships()).toEqual([{ tenant: 'alpha', role }]);
      }
      expect((await bff(['users', 'grant', 'ann@acme.example', 'alpha', 'king'])).code).toBe(2);
      expect((await bff(['users', 'revoke', 'ann@acme.example', 'alpha'])).code).toBe(0);
      expect(await memberships()).toEqual([]);
      expect((await bff(['users', 'revoke', 'ann@acme.example', 'alpha'])).error).toMatch(/bff_not_found/);
    });
  });

  describe('bff credentials', () => {
    const set = (...more: string[]): string[] => [
      'credentials',
      'set',
      'alpha',
      '--key-id',
      'alpha-key',
      ...more,
    ];

    it('set stores a secret from standard input if the token endpoint accepts it, and no command shows it (CRD-04)', async () => {
      const stored = await record(set(), 'alpha-canary-secret\n');
      expect(stored).toMatchObject({ scheme: 'oauth2', keyId: 'alpha-key', checked: true });
      const { headers, body } = sinch.tokens.production.lastRequest;
      const basic = Buffer.from('alpha-key:alpha-canary-secret').toString('base64');
      expect(`${headers.authorization ?? ''} ${body}`).toMatch(new RegExp(`${basic}|alpha-canary-secret`));
      expect(sinch.all.requests).toEqual([]);
      expect(await record(['credentials', 'show', 'alpha'])).toMatchObject({
        keyId: 'alpha-key',
        scheme: 'oauth2',
      });
    });

    it('set rejects credentials that the token endpoint rejects, and keeps the stored ones', async () => {
      const before = await record(['credentials', 'show', 'alpha']);
      sinch.tokens.production.answer({ status: 401, body: { error: 'invalid_client' } });
      const refused = await bff(set('--scheme', 'basic'), 'other-canary-secret');
      expect([refused.code, refused.lines]).toEqual([1, []]);
      expect(refused.error).toMatch(/bff_credentials_refused/);
      expect(await record(['credentials', 'show', 'alpha'])).toEqual(before);
    });

    it.each(
      withInput([
        ['set without a secret', set(), 2, /standard input/],
        ['set without a key id', ['credentials', 'set', 'alpha'], 2, /--key-id/, 's'],
        ['set of another scheme', set('--scheme', 'digest'), 2, /Allowed choices/, 's'],
        [
          'set for an unknown tenant',
          ['credentials', 'set', 'nowhere', '--key-id', 'k'],
          1,
          /bff_tenant_not_found/,
          's',
        ],
        ['show without credentials', ['credentials', 'show', 'beta'], 1, /bff_not_found/],
        ['check without credentials', ['credentials', 'check', 'beta'], 1, /bff_not_found/],
        ['erase without credentials', ['credentials', 'erase', 'beta'], 1, /bff_not_found/],
      ]),
    )('rejects %s', async (_, args, code, error, input) => {
      const outcome = await bff(args, input);
      expect([outcome.code, outcome.lines]).toEqual([code, []]);
      expect(outcome.error).toMatch(error);
      expect(sinch.tokens.production.requests).toEqual([]);
    });

    it('check reports whether the stored credentials are accepted, with exit 0 or 1', async () => {
      expect(await record(['credentials', 'check', 'alpha'])).toEqual({ ok: true });
      sinch.tokens.production.answer({ status: 401, body: { error: 'invalid_client' } });
      const refused = await bff(['credentials', 'check', 'alpha']);
      expect(refused.code).toBe(1);
      expect(refused.error).toMatch(/bff_credentials_refused/);
    });

    it('erase removes the credentials', async () => {
      expect((await bff(['credentials', 'erase', 'alpha'])).code).toBe(0);
      expect((await bff(['credentials', 'show', 'alpha'])).error).toMatch(/bff_not_found/);
    });
  });

  if (withService) {
    it('a command takes effect at the next request of the service', async () => {
      await bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-3');
      await withBrowsers(async (browserAt) => {
        const browser = browserAt('console');
        await browser.signIn({ email: 'ann@acme.example', password: 'ann-canary-password-3' });
        const account = (): Promise<Answer> => browser.get('/v1/tenants/alpha/whatsapp');
        expectProblem(await account(), 404, 'bff_tenant_not_found');
        await bff(['users', 'grant', 'ann@acme.example', 'alpha', 'viewer']);
        expectProblem(await account(), 503, 'bff_upstream_unavailable');
        await bff(['credentials', 'set', 'alpha', '--key-id', 'alpha-key'], 'alpha-canary-secret-2');
        expect((await account()).status).toBe(200);
        expect(sinch.production.lastRequest.url).toBe('/v1/projects/p-alpha/whatsapp');
        expect(sinch.allBut('production').requests).toEqual([]);
        await bff(['tenants', 'update', 'alpha', '--project-id', 'p-alpha-2']);
        expect((await account()).status).toBe(200);
        expect(sinch.production.lastRequest.url).toBe('/v1/projects/p-alpha-2/whatsapp');
        await bff(['credentials', 'erase', 'alpha']);
        expectProblem(await account(), 503, 'bff_upstream_unavailable');
        await bff(['users', 'revoke', 'ann@acme.example', 'alpha']);
        expectProblem(await account(), 404, 'bff_tenant_not_found');
        expect(sinch.production.requests).toHaveLength(2);
        await bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-4');
        expectProblem(await browser.get('/session'), 401, 'bff_session_required');
      });
    });
  }

  describe('bff audit', () => {
    it('records every change with the operator as actor, and verifies, exports and prunes', async () => {
      const exported = await bff(['audit', 'export']);
      const events = exported.lines.map((line) => JSON.parse(line) as AuditRecord);
      const changes = events.filter(({ event }) => event === 'directory.changed');
      expect(changes.length).toBeGreaterThan(10);
      expect(new Set(changes.map(({ actor }) => actor.kind))).toEqual(new Set(['operator']));
      expect(new Set(changes.map(({ details }) => details['record']))).toEqual(
        new Set(['user', 'tenant', 'membership', 'credentials']),
      );
      const verified = await bff(['audit', 'verify']);
      expect(verified).toEqual({
        code: 0,
        lines: [`verified ${events.length} events in 3 chains`],
        error: '',
      });
      const pruned = await bff(['audit', 'prune', '--older-than-days', '0', '--force']);
      expect(pruned.lines).toHaveLength(4);
      expect(pruned.lines.at(-1)).toMatch(new RegExp(`^removed ${events.length} events from before `));
      // The event of the pruning, and at most one that a running service had batched.
      const left = (await bff(['audit', 'verify'])).lines;
      expect(left).toEqual([expect.stringMatching(/^verified [12] events in 3 chains$/)]);
    });

    it.each([
      [[]],
      [['--older-than-days', 'many']],
      [['--older-than-days', '-1']],
      [['--older-than-days', '1.5']],
    ])('prune requires an integer number of days: %j exits with 2', async (options) => {
      const outcome = await bff(['audit', 'prune', ...options]);
      expect([outcome.code, outcome.lines]).toEqual([2, []]);
    });
  });

  describe('bff remove commands', () => {
    it('tenants remove deletes a tenant with its credentials and memberships', async () => {
      await bff(['users', 'grant', 'ann@acme.example', 'beta', 'viewer']);
      expect((await bff(['tenants', 'remove', 'beta'])).lines).toEqual(['removed tenant beta']);
      expect((await bff(['tenants', 'show', 'beta'])).error).toMatch(/bff_tenant_not_found/);
      expect(await record(['users', 'show', 'ann@acme.example'])).toMatchObject({ memberships: [] });
    });

    it('users remove deletes a user, who can no longer sign in', async () => {
      await bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-5');
      expect((await signIn('ann@acme.example', 'ann-canary-password-5')).status).toBe(201);
      expect((await bff(['users', 'remove', 'ann@acme.example'])).lines).toEqual([
        'removed user ann@acme.example',
      ]);
      expect((await signIn('ann@acme.example', 'ann-canary-password-5')).status).toBe(401);
    });
  });

  it('no output contains a secret from the input (CRD-04, LOG-10)', () => {
    expect(output.length).toBeGreaterThan(50);
    expect(output.filter((line) => /canary|argon2|bff1\.|token-production/i.test(line))).toEqual([]);
  });
}
