import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { freePort, repository } from '../support/program.js';

/** Part of Debian's essential bsdutils, and of other Linux distributions. */
const SCRIPT = '/usr/bin/script';

const folder = mkdtempSync(join(tmpdir(), 'bff-demo-terminal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function newEnvironment(): Promise<Record<string, string>> {
  return {
    PATH: String(process.env['PATH']),
    BFF_PORT: String(await freePort()),
    BFF_MANAGEMENT_PORT: String(await freePort()),
    SIMULATOR_PORT: String(await freePort()),
    DATABASE_URL: `pglite:${join(folder, 'directory')}`,
    SIMULATOR_DATA: join(folder, 'simulator.json'),
  };
}

/** All files of the working tree except installed packages and the folders that the demo may write. */
function workingTree(): readonly string[] {
  const written = new Set(['node_modules', 'dist', '.data', '.git', 'coverage']);
  const folders = readdirSync(repository).filter((name) => !written.has(name));
  return folders.flatMap((name) => {
    const path = join(repository, name);
    return statSync(path).isDirectory()
      ? [name, ...readdirSync(path, { recursive: true }).map(String)]
      : name;
  });
}

describeWith('script', existsSync(SCRIPT), 'npm start at a terminal', () => {
  it('shows steps, addresses and commands, simple commands first, and ends with 0 on Ctrl-C', async () => {
    const environment = await newEnvironment();
    const before = workingTree();
    // `exec`, like the script `start`: a remaining shell would end with the code of the signal.
    const program = `exec ${process.execPath} ${join(repository, 'dist/bin/demo.js')}`;
    const child = spawn(SCRIPT, ['--quiet', '--return', '--command', program, '/dev/null'], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    let isAsked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isAsked || !shown.includes('/v1/tenants/summit/whatsapp')) return;
      isAsked = true;
      child.stdin.write('\u0003');
    });
    const [code] = (await once(child, 'close')) as [unknown];
    const lines = shown.replaceAll('\r', '').split('\n');

    expect(lines[0]).toMatch(/^Preparing the directory and the simulator… done \(\d+\.\d s\)$/);
    expect(lines[1]).toMatch(/^Starting the service… done \(\d+\.\d s\)$/);
    expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
    expect(shown).toContain(`http://localhost:${environment['BFF_PORT']}/docs`);
    const commands = lines.filter((line) => line.startsWith('curl '));
    expect(commands.map((line) => /'\{"email":"(\w+)@/.exec(line)?.[1] ?? '')).toEqual([
      'editor',
      '',
      '',
      'admin',
      '',
      '',
    ]);
    expect(code).toBe(0);
    expect(workingTree()).toEqual(before);
  }, 300_000);
});

it('npm start names every problem at once before it builds anything', async () => {
  const environment = await newEnvironment();
  const taken = createServer().listen(Number(environment['BFF_PORT']), '127.0.0.1');
  await once(taken, 'listening');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repository, 'apps', 'demo', 'prepare.js')],
    {
      env: {
        ...environment,
        BFF_MANAGEMENT_PORT: '70000',
        SIMULATOR_PORT: environment['BFF_PORT'],
        SIMULATOR_DATA: join(file, 'simulator.json'),
      },
      encoding: 'utf8',
    },
  );
  taken.close();
  expect({ status, stdout, problems: stderr.split('\n') }).toEqual({
    status: 1,
    stdout: '',
    problems: [
      'The demo cannot start:',
      `  Port ${environment['BFF_PORT']} on 127.0.0.1 is already in use; stop the program that listens there or choose another port with BFF_PORT`,
      '  BFF_MANAGEMENT_PORT must be a port from 1 to 65535, not "70000"',
      `  SIMULATOR_PORT and BFF_PORT are both ${environment['BFF_PORT']}; choose another port for one`,
      `  ${join(file, 'simulator.json')} cannot be created: ${file} is not a folder`,
      '',
    ],
  });
});
