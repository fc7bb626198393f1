import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@bff/config';
import { openDatabase, ownerSocketPath } from '@bff/database';
import { encryptionKeys } from '@bff/secrets';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

let folder = '';
let directory = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bff-embedded-'));
  chmodSync(folder, 0o755);
  directory = join(folder, 'directory');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = (): Record<string, string> => ({ DATABASE_URL: `pglite:${directory}` });

/** The paths, from the given one downwards, that group or others can access. */
function accessibleToOthers(path: string): string[] {
  const own = (lstatSync(path).mode & 0o077) === 0 ? [] : [path];
  const below = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
  return [...own, ...below.flatMap(accessibleToOthers)];
}

it('files of the database and its key become accessible only to their owner', async () => {
  mkdirSync(directory, { mode: 0o777 });
  chmodSync(directory, 0o777);
  const key = join(folder, 'encryption.key');
  writeFileSync(key, Buffer.alloc(32, 7).toString('base64'));
  chmodSync(key, 0o644);
  expect(encryptionKeys(loadConfig(environment()))).toHaveLength(1);
  expect(accessibleToOthers(key)).toEqual([]);
  const connection = await openDatabase({ kind: 'pglite', directory }, () => Promise.resolve({}));
  expect(accessibleToOthers(directory)).toEqual([]);
  expect(accessibleToOthers(ownerSocketPath(directory))).toEqual([]);
  await connection.close();
  expect(accessibleToOthers(directory)).toEqual([]);
}, 60_000);
