import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, type Program, Programs, repository } from '../support/program.js';

const sh = promisify(execFile);
const programs = new Programs();
const hosts = { console: 'localhost', partners: 'partner.localhost', admin: 'admin.localhost' };

/** Working directory of the commands: `npm run demo:code` works as in the repository, and curl stores cookies. */
const folder = mkdtempSync(join(tmpdir(), 'bff-commands-'));
for (const name of ['package.json', 'dist']) symlinkSync(join(repository, name), join(folder, name));

let demo: Program;
let port: string;
beforeAll(async () => {
  port = String(await freePort());
  demo = programs.start('demo', {
    environment: {
      BFF_PORT: port,
      BFF_MANAGEMENT_PORT: String(await freePort()),
      SIMULATOR_PORT: String(await freePort()),
      DATABASE_URL: `pglite:${join(folder, 'directory')}`,
      SIMULATOR_DATA: join(folder, 'simulator.json'),
    },
    group: true,
  });
  await demo.until(({ stdout }) => (stdout.includes('The demo is running') ? true : undefined));
}, 300_000);
afterAll(async () => {
  await programs.killAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Command {
  readonly line: string;
  readonly status: string;
}

/** The commands on the page of a frontend, in order, each with the status that the page states. */
async function commandsAt(host: string): Promise<readonly Command[]> {
  const { stdout } = await sh('curl', ['-sS', `http://${host}:${port}/docs`]);
  const shown = [
    ...stdout.matchAll(
      /<pre>([^]*?)<\/pre>\s*<p>\s*The\s+response\s+in\s+the\s+demo\s+is\s+<code>(\d+)<\/code>/g,
    ),
  ];
  expect(shown).toHaveLength(stdout.match(/<pre>/g)?.length ?? 0);
  return shown.map(([, line = '', status = '']) => ({
    line: line.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    status,
  }));
}

/** Runs a command, with an option by which curl also prints the status of the response. */
async function statusOf(line: string): Promise<string> {
  expect(line).toMatch(/^curl -sS /);
  const { stderr } = await sh('sh', ['-c', line.replace('curl -sS', "curl -sSw '%{stderr}%{http_code}'")], {
    cwd: folder,
  }).catch((error: Error & { readonly stdout?: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
  });
  return stderr;
}

describe.each(Object.entries(hosts))('every command on /docs of the frontend %s', (name, host) => {
  it('receives the status that the page states', async () => {
    const commands = await commandsAt(host);
    expect(commands.length).toBeGreaterThan(name === 'admin' ? 30 : 15);
    // The commands can be repeated, except where a second round would wait for the next one-time code.
    for (const round of name === 'admin' ? [1] : [1, 2]) {
      for (const { line, status } of commands) {
        expect([round, line, await statusOf(line)]).toEqual([round, line, status]);
      }
    }
  }, 300_000);
});

it('after all commands, every user of the demo can sign in and every account exists', async () => {
  const people = [
    ['console', 'editor@acme.example', 'editor-demo-password', ['acme', 'harbour', 'orchard']],
    ['console', 'viewer@acme.example', 'viewer-demo-password', ['acme']],
    ['partners', 'partner@orchard.example', 'partner-demo-password', ['orchard']],
    ['admin', 'admin@bff.example', 'admin-demo-password', []],
  ] as const;
  for (const [frontend, email, password, tenants] of people) {
    const call = async (path: string, ...options: readonly string[]) => {
      const url = `http://${hosts[frontend]}:${port}${path}`;
      const { stdout } = await sh('curl', ['-sSi', '-H', 'X-CSRF: 1', ...options, url]);
      return stdout;
    };
    const body = JSON.stringify({ email, password });
    const signedIn = await call('/session', '-H', 'Content-Type: application/json', '-d', body);
    expect(signedIn).toContain('201 Created');
    const cookie = /__Host-bff-session=[^;]+/.exec(signedIn)?.[0] ?? '';
    for (const tenant of tenants) {
      const account = await call(`/v1/tenants/${tenant}/whatsapp`, '-H', `Cookie: ${cookie}`);
      expect(account).toContain('200 OK');
    }
    expect(await call('/v1/tenants', '-H', `Cookie: ${cookie}`)).not.toContain('northwind');
  }
});
