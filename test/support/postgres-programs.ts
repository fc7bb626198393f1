import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  /** User to run the programs as; absent: the current user. */
  owner?: { uid: number; gid: number };
}

const debianRoot = '/usr/lib/postgresql';

/** @returns undefined if PostgreSQL is not installed or no suitable user exists */
export function findPostgres(): PostgresPrograms | undefined {
  const folder = [...debianFolders(), ...pathFolders()].find(
    (folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')),
  );
  if (folder === undefined) return undefined;

  const programs = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  // initdb and postgres do not run as root.
  if (process.getuid?.() !== 0) return programs;
  const owner = accountOf('postgres') ?? accountOf('nobody');
  return owner && { ...programs, owner };
}

function debianFolders(): string[] {
  if (!existsSync(debianRoot)) return [];
  return readdirSync(debianRoot)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianRoot, version, 'bin'));
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function accountOf(user: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
