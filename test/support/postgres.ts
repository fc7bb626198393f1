import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describeWith } from './describe-with.js';
import { findPostgres } from './postgres-programs.js';
import type { PostgresPrograms } from './postgres-programs.js';
import { databaseAt, runAt, SHARED_POSTGRES } from './test-database.js';

export interface Postgres {
  readonly url: string;
  /** Creates an empty database. @returns its URL */
  createDatabase(): Promise<string>;
  /** Stops like a crash and restarts on the same port with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Running = ChildProcessByStdio<null, null, Readable>;

const readyLine = 'ready to accept connections';
const attempts = 5;

export function postgresAvailable(): boolean {
  return findPostgres() !== undefined;
}

export function describeWithPostgres(name: string, body: () => void): void {
  describeWith('PostgreSQL', postgresAvailable(), name, body);
}

/** The server of all suites, for suites that only need databases; a new server if none runs. */
export async function sharedPostgres(): Promise<Omit<Postgres, 'restart'>> {
  const url = process.env[SHARED_POSTGRES];
  if (url === undefined) return startPostgres();
  return {
    url,
    createDatabase: async () => {
      const name = `suite_${randomBytes(6).toString('hex')}`;
      await runAt(url, `CREATE DATABASE ${name}`);
      return databaseAt(url, name);
    },
    stop: () => Promise.resolve(),
  };
}

export async function startPostgres(): Promise<Postgres> {
  const programs = findPostgres();
  if (!programs) throw new Error('PostgreSQL is not installed');
  const home = await mkdtemp(join(await roomyFolder(), 'bff-postgres-'));
  try {
    if (programs.owner) await chown(home, programs.owner.uid, programs.owner.gid);
    await createCluster(programs, home);
    return await onSomeFreePort(programs, home);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

// A suite in another worker may take a port between its choice and its use.
async function onSomeFreePort(programs: PostgresPrograms, home: string): Promise<Postgres> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return handle(programs, home, port, await startServer(programs, home, port));
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

function handle(programs: PostgresPrograms, home: string, port: number, started: Running): Postgres {
  let running = started;
  let databases = 0;
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;

  return {
    url: urlOf('postgres'),
    createDatabase: async () => {
      databases += 1;
      const name = `test_${databases}`;
      await runAt(urlOf('postgres'), `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    restart: async () => {
      await stopServer(running);
      running = await startServer(programs, home, port);
    },
    stop: async () => {
      await stopServer(running);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A file system in memory if it has 2 GiB left, because suites copy and drop databases all the time. */
async function roomyFolder(): Promise<string> {
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > 2 * 1024 ** 3 ? '/dev/shm' : tmpdir();
}

async function createCluster(programs: PostgresPrograms, home: string): Promise<void> {
  const flags = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '--no-sync'];
  const initdb = run(programs, programs.initdb, [...flags, '-D', join(home, 'data')], home);
  const log = collect(initdb.stderr);
  const [code] = (await once(initdb, 'close')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed: ${log.text}`);
}

/** Nothing survives a crash of the machine, and nothing has to. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'autovacuum=off', 'max_connections=300'];

async function startServer(programs: PostgresPrograms, home: string, port: number): Promise<Running> {
  const place = ['-D', join(home, 'data'), '-k', home, '-h', '127.0.0.1', '-p', String(port)];
  const server = run(
    programs,
    programs.postgres,
    [...place, ...SETTINGS.flatMap((setting) => ['-c', setting])],
    home,
  );
  const log = collect(server.stderr);
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', () => log.text.includes(readyLine) && resolve());
    server.once('error', reject);
    server.once('close', () => reject(new Error(`postgres did not start: ${log.text}`)));
  });
  try {
    await untilItAnswers(`postgres://postgres@127.0.0.1:${port}/postgres`);
  } catch (error) {
    await stopServer(server);
    throw error;
  }
  return server;
}

async function untilItAnswers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runAt(url, 'SELECT 1');
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function stopServer(server: Running): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, 'close');
  server.kill('SIGQUIT');
  await closed;
}

// Without the environment of the tests, whose PG* variables and language would affect the programs.
function run({ owner }: PostgresPrograms, program: string, args: string[], home: string): Running {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  return spawn(program, args, { cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'], ...owner });
}

// Reads all output, because a full pipe would stop the server.
function collect(stream: Readable): { text: string } {
  const log = { text: '' };
  stream.setEncoding('utf8').on('data', (text: string) => {
    log.text += text;
  });
  return log;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
