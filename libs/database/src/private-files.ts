import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const GROUP_AND_OTHERS = 0o077;

/**
 * Removes all permissions of group and others from a folder and its content.
 * @throws Error if another user is the owner
 */
export function makePrivate(folder: string): void {
  tighten(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makePrivate(path);
    else if (entry.isFile()) tighten(path, 0o600);
  }
}

function tighten(path: string, mode: number): void {
  if ((lstatSync(path).mode & GROUP_AND_OTHERS) !== 0) chmodSync(path, mode);
}
