import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { URL } from 'node:url';
import { Client } from 'pg';
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
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await accepting(child, url);
  return url;
}

/** @returns the URL of a new database on the same server */
export async function createDatabase(serverUrl, name) {
  await query(serverUrl, `CREATE DATABASE "${name}"`);
  return new URL(`/${name}`, serverUrl).href;
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

/** The server listens before it accepts clients. */
async function accepting(child, url) {
  for (let attempt = 0; attempt < READY_ATTEMPTS && child.exitCode === null; attempt += 1) {
    const isReady = await query(url, 'SELECT 1').then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await pause(100);
  }
  throw new Error('PostgreSQL does not accept clients');
}

async function query(url, statement) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
