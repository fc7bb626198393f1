import 'reflect-metadata';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { exitCodeOf, explain } from '../../apps/bff/src/exit.js';
import { type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { ProcessesFixture, stackLine } from './processes-fixture.js';

const fixture = new ProcessesFixture();
beforeAll(() => fixture.start(), 120_000);
beforeEach(() => fixture.sinch.reset());
afterEach(() => fixture.endTest());
afterAll(() => fixture.close());

/** Runs `bff apply` in this process, because a new process takes a second to load. */
async function applyToShared(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  const environment = { ...fixture.environmentIn(fixture.shared.folder), ...variables };
  const program = operatorProgram(environment, Readable.from([]), (line) => (stdout += `${line}\n`));
  try {
    await program.parseAsync(['apply', ...args], { from: 'user' });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    return { code: exitCodeOf(error), stdout, stderr: explain(error) };
  }
}

async function nameOfAcme(browser: Browser): Promise<unknown> {
  const { tenants } = (await browser.get('/session')).json as { tenants: { id: string; name: string }[] };
  return tenants.find(({ id }) => id === 'acme')?.name;
}

describe('bff apply', () => {
  const renamed = (name: string): object => ({ tenants: [{ id: 'acme', name }] });

  it('creates the directory without a running service, for its owner only, and reports each record', async () => {
    const folder = fixture.template;
    expect([fixture.firstApply.code, fixture.firstApply.stderr]).toEqual([0, '']);
    expect(fixture.firstApply.stdoutLines).toHaveLength(25);
    expect(fixture.firstApply.stdoutLines).toEqual(expect.arrayContaining(['tenant acme: created']));
    expect(fixture.firstApply.stdoutLines.filter((line) => !line.endsWith(': created'))).toEqual([]);
    const again = await fixture.applyIn(fixture.filledFolder(), fixture.wholeDirectory);
    expect(again.stdout).toBe(fixture.firstApply.stdout.replaceAll(': created', ': unchanged'));
    expect(statSync(join(folder, 'encryption.key')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'directory.sock'))).toBe(false);
    expect(fixture.firstApply.stdout + again.stdout).not.toContain('canary');
  });

  it('sends the file to the running service over a socket of mode 0600; it takes effect within 1 s and survives a crash', async () => {
    const folder = fixture.filledFolder();
    const { program, signedIn } = await fixture.startService(folder);
    const socket = statSync(join(folder, 'directory.sock'));
    expect([socket.isSocket(), socket.mode & 0o777]).toEqual([true, 0o600]);
    const browser = await signedIn();
    expect(await nameOfAcme(browser)).toBe('Acme Ltd');

    const applied = await fixture.applyIn(folder, fixture.file('renamed.yaml', renamed('Acme Group')));
    expect([applied.code, applied.stderr, applied.stdout]).toEqual([0, '', 'tenant acme: updated\n']);
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 1_000 });

    // The socket of a killed service prevents neither apply nor the next service.
    program.signal('SIGKILL');
    await program.ended;
    expect(existsSync(join(folder, 'directory.sock'))).toBe(true);
    const again = await fixture.applyIn(folder, join(fixture.home, 'renamed.yaml'));
    expect([again.code, again.stderr, again.stdout]).toEqual([0, '', 'tenant acme: unchanged\n']);
    const next = await (await fixture.startService(folder)).signedIn();
    expect(await nameOfAcme(next)).toBe('Acme Group');
    expect((await next.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
  }, 120_000);

  it('applies two files at once through the running service', async () => {
    const documents = ['orchard', 'summit'].map((id) => ({ tenants: [{ id, name: `${id} at once` }] }));
    const paths = documents.map((document, index) => fixture.file(`together-${index}.yaml`, document));
    const both = await Promise.all(paths.map((path) => fixture.applyIn(fixture.shared.folder, path)));
    expect(both.map(({ code, stderr, stdout }) => [code, stderr, stdout])).toEqual([
      [0, '', 'tenant orchard: updated\n'],
      [0, '', 'tenant summit: updated\n'],
    ]);
    for (const path of paths) expect((await applyToShared([path])).stdout).toMatch(/: unchanged\n$/);
  });

  it('keeps every change it reported if two run at once without a service, and a failed one prints one line', async () => {
    const folder = fixture.filledFolder();
    const tenants = ['acme', 'orchard'].map((id) => ({ id, name: `${id} at once` }));
    const both = await Promise.all(
      tenants.map((tenant) =>
        fixture.applyIn(folder, fixture.file(`${tenant.id}.yaml`, { tenants: [tenant] })),
      ),
    );
    const applied = tenants.filter((_, index) => both[index]?.code === 0);
    expect(applied).not.toEqual([]);
    const after = await fixture.applyIn(folder, fixture.file('applied.yaml', { tenants: applied }));
    expect(after.stdoutLines).toEqual(applied.map(({ id }) => `tenant ${id}: unchanged`));
    for (const rejected of both.filter(({ code }) => code !== 0)) {
      expect([rejected.code, rejected.stdout]).toEqual([1, '']);
      expect(rejected.stderrLines).toHaveLength(1);
    }
  }, 120_000);

  it('takes ${NAME} from the environment, several times in one value and within other text', async () => {
    const path = fixture.file(
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
    const stays = fixture.file('taken.yaml', renamed('The A: #${FIRST} $FIRST ${not-a-name} company'));
    expect((await applyToShared([stays], { FIRST: '${FIRST}' })).stdout).toBe('tenant acme: unchanged\n');
  });

  it('names every missing variable with its line', async () => {
    const path = fixture.file(
      'missing.yaml',
      'tenants:\n  - id: acme\n    name: ${NAME_OF_ACME}\nusers:\n  - email: a@b.example\n    password: ${PASSWORD_OF_A}\n',
    );
    const rejected = await applyToShared([path]);
    expect(rejected.code).toBe(1);
    expect(rejected.stderr).toMatch(/line 3: .*NAME_OF_ACME/);
    expect(rejected.stderr).toMatch(/line 6: .*PASSWORD_OF_A/);
  });

  it('names a missing variable and every other problem of the file at once (docs/contract.md section 7)', async () => {
    const path = fixture.file(
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
    const rejected = await applyToShared([fixture.file('problems.yaml', yaml)]);
    expect([rejected.code, rejected.stdout]).toEqual([1, '']);
    for (const pattern of expected) expect(rejected.stderr).toMatch(pattern);
    expect(rejected.stderr).not.toMatch(stackLine);
  });

  it('supports --dry-run and --prune', async () => {
    const before = await applyToShared([fixture.wholeDirectory, '--dry-run']);
    const path = fixture.file('prune.yaml', { adminCredentials: [], ...renamed('Acme Group') });
    const dry = await applyToShared([path, '--prune', '--dry-run']);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^tenant orchard: removed$/m);
    expect(dry.stdout).toMatch(/^admin credentials of production: removed$/m);
    expect(dry.stdout).toMatch(/^tenant acme: updated$/m);
    expect(dry.stdout).toMatch(/dry run/);
    expect(await applyToShared([fixture.wholeDirectory, '--dry-run'])).toEqual(before);
  });
});
