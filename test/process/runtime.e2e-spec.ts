import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { repository } from '../support/program.js';

const run = promisify(execFile);

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(repository, name), 'utf8'));
const manifest = read('package.json') as Manifest;
const locked = Object.entries(
  (read('package-lock.json') as { packages: Record<string, LockedPackage> }).packages,
)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, ...entry }));

it('the tests run on the Node 24 of the repository, whatever version is installed', () => {
  expect(process.version).toMatch(/^v24\./);
  expect(process.execPath).toContain(join(repository, 'node_modules'));
});

it('every runtime dependency can be imported as it was installed', async () => {
  const names = JSON.stringify(Object.keys(manifest.dependencies));
  const script = `
    const failed = [];
    for (const name of ${names}) await import(name).catch((error) => failed.push(name + ': ' + error.message));
    console.log(JSON.stringify(failed));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: repository });
  expect(JSON.parse(stdout)).toEqual([]);
});

it('every dependency has one exact version from a registry (SUP-01)', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('the lockfile names no registry, and holds the integrity of every package (SUP-01)', () => {
  expect(locked.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  expect(locked.filter(({ integrity, link }) => integrity === undefined && link !== true)).toEqual([]);
});

/**
 * Packages that work without their script, because a prebuilt package has the file that the script looks for.
 */
const scriptsThatNeedNotRun = [
  'node_modules/@parcel/watcher',
  'node_modules/@swc/core',
  'node_modules/unrs-resolver',
];

it('no package needs its install script (SUP-01)', () => {
  const withScript = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
  expect(withScript.map(({ path }) => path).sort()).toEqual(scriptsThatNeedNotRun);
});

/** Written so that the pattern does not match this file. */
const foreign = [
  /registry[.](npmjs|yarnpkg|npmmirror)[.]/,
  /npm[.]pkg[.]github[.]com/,
  /_auth[T]oken/,
  /(?<![\w.~-])\/(home|Users|root)\/[\w.-]/,
  /[A-Z]:\\Users\\/,
];

it('no file of the repository contains a registry address or a local path', async () => {
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: repository, maxBuffer: 16 * 1024 * 1024 });
  const files = stdout.split('\0').filter((name) => name !== '');
  expect(files).toContain('package.json');
  const found = files.flatMap((name) => {
    const text = readIfThere(name);
    const parts = foreign.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
    return [...parts, ...(text.includes(`${repository}/`) ? [repository] : [])].map(
      (part) => `${name}: ${part}`,
    );
  });
  expect(found).toEqual([]);
});

/** A file that was deleted and not yet committed is still listed. */
function readIfThere(name: string): string {
  try {
    return readFileSync(join(repository, name), 'latin1');
  } catch {
    return '';
  }
}
