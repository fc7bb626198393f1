import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Programs } from '../support/program.js';

const home = mkdtempSync(join(tmpdir(), 'bff-exit-'));
const programs = new Programs();

const file = (name: string, content: string): string => {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
};

interface Case {
  readonly script: 'service' | 'bff';
  readonly args?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly code: number;
  /** Required output: on standard error if the code is not 0, on standard output otherwise. */
  readonly says: readonly (string | RegExp)[];
  /** Number of lines: a headline and one line per problem, or one line for any other failure. */
  readonly lines?: number;
}

const newKeys = (): string => `k1:${randomBytes(32).toString('base64')}`;
const everythingWrong = {
  BFF_PORT: 'http',
  BFF_MANAGEMENT_PORT: '70000',
  LOG_LEVEL: 'loud',
  SINCH_TIMEOUT_MS: '-1',
  DATABASE_URL: 'mysql://db/canary',
  REDIS_URL: 'memcached://canary',
  BFF_ENCRYPTION_KEYS: 'k1:Y2FuYXJ5',
  BFF_TRUSTED_PROXIES: 'everywhere',
  BFF_FRONTENDS: '[]',
  SINCH_STAGING_URL: 'ftp://staging',
  SINCH_ADMIN_PRODUCTION_TOKEN_URL: 'canary',
};
const allNamed = Object.keys(everythingWrong).map((name) => new RegExp(`^  ${name}(\\[0\\])?: `, 'm'));
const plainServers = ['SINCH_PRODUCTION_URL', 'SINCH_ADMIN_STAGING_URL', 'SINCH_STAGING_DEV_TOKEN_URL'];
const toAll = (names: readonly string[], value: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, value]));
file('encryption.key', 'short');

const cases: Record<string, Case> = {
  'the service: every problem of the configuration at once (RES-18)': {
    ...{ script: 'service', environment: everythingWrong, code: 78, says: allNamed, lines: 12 },
  },
  'bff config check: every problem of the configuration at once (RES-18)': {
    ...{ script: 'bff', args: ['config', 'check'], environment: everythingWrong },
    ...{ code: 78, says: allNamed, lines: 12 },
  },
  'bff apply: a configuration that is wrong': {
    ...{ script: 'bff', args: ['apply', 'file.yaml'], environment: { BFF_PORT: 'x' } },
    ...{ code: 78, says: ['BFF_PORT'] },
  },
  'profile production without real values: each is named (CRD-03)': {
    ...{ script: 'service', environment: { BFF_PROFILE: 'production' }, code: 78 },
    says: ['BFF_FRONTENDS', 'DATABASE_URL', 'REDIS_URL', 'BFF_ENCRYPTION_KEYS'].map(
      (name) => `${name}: must be set`,
    ),
  },
  'profile production with the defaults of development spelled out (CRD-03)': {
    script: 'service',
    environment: {
      BFF_PROFILE: 'production',
      BFF_FRONTENDS: JSON.stringify([{ name: 'web', class: 'internal', origin: 'http://web.example' }]),
      DATABASE_URL: 'pglite:memory',
      BFF_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
      ...toAll(plainServers, 'http://127.0.0.1:4010/staging'),
    },
    code: 78,
    says: ['BFF_FRONTENDS', 'DATABASE_URL', 'REDIS_URL', 'BFF_ENCRYPTION_KEYS', ...plainServers],
    lines: 8,
  },
  'half an OpenID provider': {
    ...{ script: 'service', environment: { OIDC_ISSUER: 'https://login.example/canary' }, code: 78 },
    ...{ says: ['OIDC_CLIENT_ID: must be set', 'OIDC_CLIENT_SECRET: must be set'], lines: 3 },
  },
  'no database answers': {
    script: 'service',
    environment: { DATABASE_URL: 'postgres://bff:canary@127.0.0.1:1/bff', BFF_ENCRYPTION_KEYS: newKeys() },
    ...{ code: 1, says: ['127.0.0.1:1'], lines: 1 },
  },
  'the generated key is damaged': {
    ...{ script: 'service', environment: { DATABASE_URL: `pglite:${join(home, 'directory')}` } },
    ...{ code: 1, says: ['encryption.key'], lines: 1 },
  },
  'the path is too long for the socket beside it': {
    script: 'service',
    environment: { DATABASE_URL: `pglite:${join(home, 'x'.repeat(120), 'directory')}` },
    ...{ code: 1, says: ['too long'], lines: 1 },
  },
  'variables come from files where their names end in _FILE': {
    ...{ script: 'bff', args: ['config', 'check'], code: 0, says: ['production', 'https://web.example'] },
    environment: {
      BFF_PROFILE_FILE: file('profile', 'production\n'),
      BFF_FRONTENDS_FILE: file('web.yaml', '- { name: web, class: partner, origin: https://web.example }\n'),
      DATABASE_URL_FILE: file('url', 'postgres://bff:canary-secret@db/bff\r\n'),
      REDIS_URL_FILE: file('redis', 'redis://:canary-secret@cache\n'),
      BFF_ENCRYPTION_KEYS_FILE: file('keys', `${newKeys()}\n`),
    },
  },
  'BFF_FRONTENDS is the path of a file with them': {
    ...{ script: 'bff', args: ['config', 'check'], code: 0, says: ['valid', 'https://web2.example'] },
    environment: {
      BFF_FRONTENDS: file('web2.yaml', '- name: web\n  class: admin\n  origin: https://web2.example\n'),
    },
  },
  'a variable that is given twice, and one whose file cannot be read': {
    ...{ script: 'bff', args: ['config', 'check'], code: 78, lines: 3 },
    environment: {
      LOG_LEVEL: 'info',
      LOG_LEVEL_FILE: file('level', 'info'),
      DATABASE_URL_FILE: join(home, 'nowhere'),
    },
    says: [/LOG_LEVEL: .*LOG_LEVEL_FILE/, /DATABASE_URL_FILE: .*cannot be read/],
  },
  'a directory file that is not there': {
    ...{ script: 'bff', args: ['apply', '/nowhere.yaml'], code: 1, says: ['/nowhere.yaml'], lines: 2 },
  },
  ...Object.fromEntries(
    [[], ['apply'], ['config'], ['config', 'check']].map((command): [string, Case] => [
      `bff ${[...command, '--help'].join(' ')}`,
      { script: 'bff', args: [...command, '--help'], code: 0, says: [`Usage: bff ${command.join(' ')}`] },
    ]),
  ),
  ...Object.fromEntries(
    [[], ['nonsense'], ['apply'], ['apply', '--no', '1.yaml'], ['config']].map((args): [string, Case] => [
      `bff ${args.join(' ')}: wrong usage`,
      { script: 'bff', args, code: 2, says: [/./] },
    ]),
  ),
};

const runs = new Map<string, Awaited<ReturnType<typeof programs.run>>>();
beforeAll(async () => {
  const waiting = Object.entries(cases);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      runs.set(next[0], await programs.run(next[1].script, next[1]));
    }
  };
  await Promise.all([work(), work(), work()]);
}, 120_000);

afterAll(async () => {
  await programs.killAll();
  rmSync(home, { recursive: true, force: true });
});

it.each(Object.keys(cases))('the process exits with the expected code and output: %s', (name) => {
  const [expected, run] = [cases[name], runs.get(name)];
  if (!expected || !run) throw new Error('It did not run');
  expect(run.code).toBe(expected.code);
  const [said, silent] = expected.code === 0 ? [run.stdout, run.stderr] : [run.stderr, run.stdout];
  for (const part of expected.says) expect(said).toMatch(part);
  expect(silent).toBe('');
  if (expected.lines !== undefined) expect(run.stderrLines).toHaveLength(expected.lines);
  expect(said).not.toMatch(/^\s+at /m);
  expect(said).not.toContain('canary');
});
