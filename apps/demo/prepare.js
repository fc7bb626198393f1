/**
 * Prestart script of `npm start`: checks the requirements of the demo and reports all problems at once before
 * anything is built; then builds, unless it was called with `--check`. Plain JavaScript without imports from this
 * repository, because it runs before the build.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const data = join(root, '.data');
const PORTS = { BFF_PORT: '3000', BFF_MANAGEMENT_PORT: '3001', SIMULATOR_PORT: '4010' };
const MIN_NODE = 24;

/** @returns {Promise<string[]>} one sentence for each problem, with its remedy */
async function problems() {
  const version = process.versions.node;
  return [
    ...(Number(version.split('.')[0]) < MIN_NODE
      ? [`Node ${MIN_NODE} or later is required, this is ${version}`]
      : []),
    ...(await portProblems()),
    ...folderProblems(),
  ];
}

async function portProblems() {
  const found = [];
  const users = new Map();
  for (const [variable, fallback] of Object.entries(PORTS)) {
    const value = process.env[variable] || fallback;
    const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    const other = users.get(port);
    if (port < 1 || port > 65_535)
      found.push(`${variable} must be a port from 1 to 65535, not ${JSON.stringify(value)}`);
    else if (other !== undefined)
      found.push(`${variable} and ${other} are both ${port}; choose another port for one`);
    else found.push(...(await listenProblem(port, variable)));
    users.set(port, variable);
  }
  return found;
}

/** Checks that the port is free: another program on it would receive the demo's requests. */
async function listenProblem(port, variable) {
  const server = createServer();
  const code = await new Promise((done) => {
    server.once('error', (error) => done(error.code));
    server.listen(port, '127.0.0.1', () => server.close(() => done(undefined)));
  });
  if (code === undefined) return [];
  const what =
    code === 'EADDRINUSE'
      ? 'is already in use; stop the program that listens there'
      : `cannot be opened (${code});`;
  return [`Port ${port} on 127.0.0.1 ${what} or choose another port with ${variable}`];
}

function folderProblems() {
  const { DATABASE_URL: database = '', SIMULATOR_DATA: simulatorData = '' } = process.env;
  const paths = [
    database === '' ? join(data, 'directory') : /^pglite:(?!memory$)(.+)$/.exec(database)?.[1],
    simulatorData || join(data, 'simulator.json'),
    join(root, 'dist'),
  ];
  return [...writableFolder(data), ...paths.flatMap((path) => (path === undefined ? [] : writable(path)))];
}

/** Writes a probe file, because permissions do not reveal a read-only or full volume. */
function writableFolder(path) {
  const probe = join(path, `probe-${process.pid}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
    return [];
  } catch (error) {
    return [`The folder ${path} cannot be written (${error.code}); it holds the demo's data`];
  }
}

/** Checks the path itself, or the nearest parent folder that exists. */
function writable(path) {
  const parent = dirname(path);
  if (!existsSync(path) && existsSync(parent) && !statSync(parent).isDirectory())
    return [`${path} cannot be created: ${parent} is not a folder`];
  if (!existsSync(path)) return parent === path ? [] : writable(parent);
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return [];
  } catch (error) {
    return [`${path} cannot be read and written (${error.code}); change its owner or its permissions`];
  }
}

function build() {
  const startedAt = performance.now();
  if (process.stdout.isTTY) process.stdout.write('Building… ');
  const { status } = spawnSync(process.execPath, [process.env.npm_execpath, 'run', '--silent', 'build'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (process.stdout.isTTY) process.stdout.write(`done (${seconds} s)\n`);
}

const found = await problems();
if (found.length > 0) {
  process.stderr.write(`The demo cannot start:\n${found.map((problem) => `  ${problem}\n`).join('')}`);
  process.exit(1);
}
if (!process.argv.includes('--check')) build();
