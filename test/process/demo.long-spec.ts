import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { freePort, type Program, Programs } from '../support/program.js';
import { rawExchange } from '../support/raw.js';

const sh = promisify(execFile);
const programs = new Programs();
const ports = ['BFF_PORT', 'BFF_MANAGEMENT_PORT', 'SIMULATOR_PORT'] as const;

/** The environment of a demo in its own folder; only the files of the printed commands are in .data. */
async function newDemo(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'bff-demo-'));
  folders.push(folder);
  const environment: Record<string, string> = {
    DATABASE_URL: `pglite:${join(folder, 'directory')}`,
    SIMULATOR_DATA: join(folder, 'simulator.json'),
  };
  for (const name of ports) environment[name] = String(await freePort());
  return environment;
}

const folders: string[] = [];
afterAll(async () => {
  await programs.killAll();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const start = (environment: Record<string, string>): Program =>
  programs.start('demo', { environment, group: true });

interface Announcement {
  readonly frontends: readonly { readonly url: string; readonly users: readonly string[] }[];
  readonly try: readonly { readonly commands: readonly string[] }[];
}

/** The line with the addresses and users; all other output consists of JSON lines. */
const announced = (demo: Program): Promise<Announcement> =>
  demo.until(({ log }) => log.find(({ msg }) => msg === 'The demo is running') as Announcement | undefined);

const curlLines = (announcement: Announcement): string[] =>
  announcement.try.flatMap(({ commands }) => commands);

async function runLine(line: string): Promise<unknown> {
  const { stdout, stderr } = await sh('sh', ['-c', line]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** The status of the first response to a sign-in after the port begins to accept connections. */
async function firstAnswer(url: string): Promise<number> {
  return eventually(
    async () => {
      const { status } = await fetch(url, {
        method: 'POST',
        headers: { 'x-csrf': '1', 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'editor@acme.example', password: 'editor-demo-password' }),
      });
      return status;
    },
    { withinMs: 290_000 },
  );
}

/** Expects that no process of the group runs and that no port is open. */
async function expectNothingLeft(demo: Program, environment: Record<string, string>): Promise<void> {
  await eventually(() => expect(() => demo.signal('SIGCONT')).toThrow('ESRCH'), { withinMs: 3_000 });
  for (const name of ports) {
    await expect(rawExchange(Number(environment[name]), '\r\n')).rejects.toThrow('ECONNREFUSED');
  }
}

describe('npm start', () => {
  let environment: Record<string, string>;
  let demo: Program;
  let announcement: Announcement;
  let firstStatus: number;
  let answers: unknown[];
  beforeAll(async () => {
    environment = await newDemo();
    demo = start(environment);
    const url = `http://localhost:${environment['BFF_PORT']}/session`;
    [firstStatus, announcement] = await Promise.all([firstAnswer(url), announced(demo)]);
    answers = [];
    for (const line of curlLines(announcement)) answers.push(await runLine(line));
  }, 300_000);

  it('accepts connections only when every demo user can sign in', () => {
    expect(firstStatus).toBe(201);
  });

  it('prints its addresses', () => {
    const { BFF_PORT, BFF_MANAGEMENT_PORT, SIMULATOR_PORT } = environment;
    for (const address of [
      `http://localhost:${BFF_PORT}`,
      `http://partner.localhost:${BFF_PORT}`,
      `http://admin.localhost:${BFF_PORT}`,
      `http://localhost:${BFF_MANAGEMENT_PORT}`,
      `http://127.0.0.1:${SIMULATOR_PORT}/_simulator`,
    ]) {
      expect(JSON.stringify(announcement)).toContain(address);
    }
    expect(demo.stderr).toBe('');
  });

  it('prints its users, who can sign in', async () => {
    const people = announcement.frontends.flatMap(({ users }) => users.map((user) => user.split(' / ')));
    expect(people).toHaveLength(4);
    for (const [email, password] of people) {
      const answer = await fetch(`http://localhost:${environment['BFF_PORT']}/session`, {
        method: 'POST',
        headers: { 'x-csrf': '1', 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      expect([email, answer.status]).toEqual([email, 201]);
    }
  });

  it('prints curl lines that work unchanged: an editor reads and comments, an elevated admin reads', () => {
    expect(answers).toEqual([
      expect.objectContaining({ user: expect.objectContaining({ email: 'editor@acme.example' }) as unknown }),
      expect.objectContaining({ state: 'ONBOARDED' }),
      expect.objectContaining({ comment: 'Hello from the BFF' }),
      expect.objectContaining({ elevation: null }),
      expect.objectContaining({ elevation: expect.objectContaining({ tenantId: 'summit' }) as unknown }),
      expect.objectContaining({ state: 'ONBOARDED' }),
    ]);
  });

  it('rejects a second start, which does not affect the first', async () => {
    const second = start(environment);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stdout).toBe('');
    expect(second.stderrLines).toEqual([
      'The demo cannot start:',
      ...ports.map(
        (name) => expect.stringMatching(`Port ${environment[name]} .* in use.* ${name}$`) as unknown,
      ),
    ]);
    await eventually(() => expect(() => second.signal('SIGCONT')).toThrow('ESRCH'), { withinMs: 3_000 });
    expect(await runLine(curlLines(announcement)[1] ?? '')).toMatchObject({ state: 'ONBOARDED' });
  });

  it('ends all processes on Ctrl-C with exit 0, and starts again with the same data, without applying the file again', async () => {
    const file = join(String(folders[0]), 'renamed.yaml');
    writeFileSync(file, 'tenants: [{ id: acme, name: Renamed }]');
    const { DATABASE_URL = '' } = environment;
    const applied = await programs.run('bff', { args: ['apply', file], environment: { DATABASE_URL } });
    expect([applied.code, applied.stderr]).toEqual([0, '']);

    demo.signal('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.stderr).toBe('');
    await expectNothingLeft(demo, environment);

    const second = start(environment);
    const [signIn = '', account = ''] = curlLines(await announced(second));
    const session = (await runLine(signIn)) as { tenants: { id: string; name: string }[] };
    expect(session.tenants).toContainEqual(expect.objectContaining({ id: 'acme', name: 'Renamed' }));
    const activities = await runLine(`${account}/activities`);
    expect(JSON.stringify(activities)).toContain('Hello from the BFF');
    second.signal('SIGTERM');
    expect(await second.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(second, environment);
  }, 300_000);
});

describe('npm start where a port is taken', () => {
  let taken: Server;
  afterEach(() => {
    taken.close();
  });

  it.each(ports)('reports %s in one line, exits with 1 and starts nothing', async (name) => {
    const environment = await newDemo();
    taken = createServer().listen(Number(environment[name]), '127.0.0.1');
    await once(taken, 'listening');
    const demo = start(environment);
    expect(await demo.ended).toEqual({ code: 1, signal: null });
    expect(demo.stdout).toBe('');
    expect(demo.stderrLines).toEqual([
      'The demo cannot start:',
      `  Port ${environment[name]} on 127.0.0.1 is already in use; stop the program that listens there or choose another port with ${name}`,
    ]);
    await eventually(() => expect(() => demo.signal('SIGCONT')).toThrow('ESRCH'), { withinMs: 3_000 });
  });
});

it('Ctrl-C while npm start is still starting ends all processes with exit 0 and without an error', async () => {
  const environment = await newDemo();
  const demo = start(environment);
  await demo.until(({ stdout }) => (stdout.includes('listening') ? true : undefined));
  demo.signal('SIGINT');
  expect(await demo.ended).toEqual({ code: 0, signal: null });
  expect(demo.stderr).toBe('');
  await expectNothingLeft(demo, environment);
});
