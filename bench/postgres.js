import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './processes.js';

const debianRoot = '/usr/lib/postgresql';
const READY_ATTEMPTS = 300;

/**
 * Starts a PostgreSQL of Debian's package with its data in the throw-away directory.
 * @returns the URL of its database
 * @throws Error when PostgreSQL is not installed or does not start
 */
export async function startPostgres(workshop) {
  const programs = debianPrograms();
  const home = workshop.path('postgres');
  mkdirSync(home);
  const owner = accountFor(home, workshop);
  const data = join(home, 'data');
  const flags = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '-D', data];
  const { status, stderr } = spawnSync(join(programs, 'initdb'), flags, { ...owner, cwd: home });
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${stderr}`);
  const port = await freePort();
  const settings = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', home];
  const child = workshop.start('postgres', join(programs, 'postgres'), ['-D', data, ...settings], {}, owner);
  await listening(child, port);
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

function debianPrograms() {
  const versions = existsSync(debianRoot) ? readdirSync(debianRoot).map(Number) : [];
  if (versions.length === 0) throw new Error('PostgreSQL is not installed (apt-get install postgresql)');
  return join(debianRoot, String(Math.max(...versions)), 'bin');
}

/** PostgreSQL refuses to run as root: its Debian account then owns the data. */
function accountFor(home, workshop) {
  if (process.getuid() !== 0) return {};
  const idOf = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(workshop.directory, owner.uid, owner.gid);
  chownSync(home, owner.uid, owner.gid);
  return owner;
}

async function listening(child, port) {
  for (let attempt = 0; attempt < READY_ATTEMPTS && child.exitCode === null; attempt += 1) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await pause(100);
  }
  throw new Error('PostgreSQL does not listen');
}
