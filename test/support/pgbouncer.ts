import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { describeWith } from './describe-with.js';
import { findPostgres } from './postgres-programs.js';
import { postgresAvailable } from './postgres.js';
import { freePort } from './program.js';

const PROGRAM = '/usr/sbin/pgbouncer';

/** A pooler in transaction mode in front of a PostgreSQL server. */
export interface PgBouncer {
  /** The same database, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

function isInstalled(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return postgresAvailable();
  } catch {
    return false;
  }
}

export function describeWithPgBouncer(name: string, body: () => void): void {
  describeWith('PgBouncer', isInstalled(), name, body);
}

/** @param url of the PostgreSQL server */
export async function startPgBouncer(url: string): Promise<PgBouncer> {
  const owner = findPostgres()?.owner;
  const home = await mkdtemp(join(tmpdir(), 'bff-pgbouncer-'));
  if (owner) await chown(home, owner.uid, owner.gid);
  const port = await freePort();
  const file = join(home, 'pgbouncer.ini');
  await writeFile(
    file,
    [
      '[databases]',
      `* = host=127.0.0.1 port=${new URL(url).port} user=postgres`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1`,
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
    ].join('\n'),
  );
  // PgBouncer does not run as root.
  const pooler = spawn(PROGRAM, [file], { cwd: home, stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  await untilItListens(pooler);
  return {
    through: (target) => {
      const pooled = new URL(target);
      pooled.port = String(port);
      return pooled.href;
    },
    stop: async () => {
      const closed = once(pooler, 'close');
      pooler.kill('SIGKILL');
      await closed;
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function untilItListens(pooler: ChildProcessByStdio<null, null, Readable>): Promise<void> {
  let log = '';
  await new Promise<void>((listens, fail) => {
    pooler.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('process up')) listens();
    });
    pooler.once('error', fail);
    pooler.once('close', () => fail(new Error(`pgbouncer did not start: ${log}`)));
  });
}
