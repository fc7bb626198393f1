import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { makePrivate } from './private-files.js';

const folder = mkdtempSync(join(tmpdir(), 'bff-private-'));
afterEach(() => rmSync(folder, { recursive: true }));

it('a folder and its content become accessible only to their owner, also when repeated', () => {
  const inner = join(folder, 'base');
  const file = join(inner, 'PG_VERSION');
  mkdirSync(inner);
  writeFileSync(file, '18');
  for (const [path, mode] of [
    [folder, 0o755],
    [inner, 0o775],
    [file, 0o666],
  ] as const) {
    chmodSync(path, mode);
  }
  makePrivate(folder);
  makePrivate(folder);
  expect([folder, inner, file].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
});
