import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { problemsOf } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';
import { type EnvironmentVariables } from './environment-reader.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bff-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a variable is read from the file that its _FILE variant names, without the final line break', () => {
  const file = join(folder, 'port');
  writeFileSync(file, '4321\n');
  expect(loadConfig({ BFF_PORT_FILE: file }).public.port).toBe(4321);
});

it('frontends are read from the YAML file that BFF_FRONTENDS names', () => {
  const file = join(folder, 'frontends.yaml');
  writeFileSync(file, '- { name: a, class: partner, origin: "https://a.example.com", idleMinutes: 0.5 }\n');
  expect(loadConfig({ BFF_FRONTENDS: file }).frontends[0]).toMatchObject({ name: 'a', idleMs: 30_000 });
});

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'a value given twice',
    { BFF_HOST: '::1', BFF_HOST_FILE: '/nowhere' },
    'BFF_HOST: set either BFF_HOST or BFF_HOST_FILE, not both',
  ],
  [
    'a missing file',
    { BFF_HOST_FILE: '/nowhere/at/all' },
    'BFF_HOST_FILE: the file /nowhere/at/all cannot be read (ENOENT)',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});
