import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

/**
 * The packages of a folder of tools/, which are installed on first use because no other development tool and no program needs them.
 * @param {string} name of the folder
 * @returns {{ folder: string, require: NodeJS.Require }} the folder, and a function that loads its packages
 */
export function tools(name) {
  const folder = join(repository, 'tools', name);
  if (!existsSync(join(folder, 'node_modules', '.package-lock.json')))
    execFileSync('npm', ['ci', '--prefix', folder], { cwd: repository, stdio: 'inherit' });
  return { folder, require: createRequire(join(folder, 'package.json')) };
}
