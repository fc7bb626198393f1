import { chmodSync, lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerSocketPath } from '@bff/database';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runCommand } from '../support/run-command.js';

let folder = '';
let directory = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bff-embedded-'));
  chmodSync(folder, 0o755);
  directory = join(folder, 'directory');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = (): Record<string, string> => ({ DATABASE_URL: `pglite:${directory}` });

it('a command that cannot determine whether the database has an owner exits with 1 and removes nothing', async () => {
  const socket = ownerSocketPath(directory);
  symlinkSync(socket, socket);
  const { code, lines, error } = await runCommand(['tenants', 'list'], { environment: environment() });
  expect([code, lines]).toEqual([1, []]);
  expect(error).toMatch(/^The owner of the database cannot be reached over .*directory\.sock \(ELOOP\)$/);
  expect(lstatSync(socket).isSymbolicLink()).toBe(true);
});
