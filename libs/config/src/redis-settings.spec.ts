import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from './bff-config.js';
import { problemsOf } from './bff-config.fixture.js';
import { type EnvironmentVariables } from './environment-reader.js';
import { type RedisSettings } from './redis-settings.js';

const home = mkdtempSync(join(tmpdir(), 'bff-redis-settings-'));
afterAll(() => rmSync(home, { recursive: true }));

function read(url: string, more: EnvironmentVariables = {}): RedisSettings {
  const { redis } = loadConfig({ REDIS_URL: url, ...more });
  if (redis === null) throw new Error('REDIS_URL was not read');
  return redis;
}

describe('REDIS_URL', () => {
  it('has defaults for everything but the host', () => {
    expect(read('redis://cache')).toEqual({
      server: { host: 'cache', port: 6379 },
      ...{ sentinels: null, username: null, password: null, database: 0, tls: null },
    });
  });

  it('names a port, a user of the access control list, a password and a database', () => {
    const settings = read('redis://user:p%40ss@[::1]:7000/3');
    expect(settings).toMatchObject({ server: { host: '::1', port: 7000 }, username: 'user', database: 3 });
    expect(settings.password?.reveal()).toBe('p@ss');
    expect(JSON.stringify(settings)).not.toContain('p@ss');
  });

  it('uses TLS with public certification authorities for rediss, or with those of a file', () => {
    const file = join(home, 'ca.pem');
    writeFileSync(file, 'certificate');
    expect(read('rediss://cache').tls).toEqual({ ca: null });
    expect(read(`rediss://cache?ssl_ca_certs=${file}`).tls).toEqual({ ca: 'certificate' });
  });

  it.each([
    ['another scheme', 'http://cache', /must be redis:\/\/… or rediss:\/\/…/],
    ['no URL', 'cache:6379', /must be redis:\/\/… or rediss:\/\/…/],
    ['no host', 'redis://', /must be redis:\/\/… or rediss:\/\/…/],
    ['several hosts', 'redis://one:1,two:2', /must be redis:\/\/… or rediss:\/\/…/],
    ['a path that is not a number', 'redis://cache/sessions', /number of a database/],
    ['an unknown parameter', 'redis://cache?timeout=1', /only parameter is ssl_ca_certs/],
    ['certification authorities without TLS', 'redis://cache?ssl_ca_certs=x', /needs rediss/],
    ['a file that does not exist', 'rediss://cache?ssl_ca_certs=/nowhere', /cannot be read \(ENOENT\)/],
  ])('is rejected with %s (RES-18)', (_, url, problem) => {
    expect(problemsOf({ REDIS_URL: url })).toEqual([expect.stringMatching(problem)]);
  });
});

describe('REDIS_SENTINELS', () => {
  it('lists the Sentinels that know the master', () => {
    const more = { REDIS_SENTINELS: 'one:1, two', REDIS_SENTINEL_MASTER: 'sessions' };
    expect(read('redis://cache', more).sentinels).toEqual({
      addresses: [
        { host: 'one', port: 1 },
        { host: 'two', port: 26_379 },
      ],
      master: 'sessions',
    });
  });

  it.each<[what: string, variables: EnvironmentVariables, problem: RegExp]>([
    ['without a master', { REDIS_URL: 'redis://cache', REDIS_SENTINELS: 'one' }, /must be set together/],
    ['without a list', { REDIS_URL: 'redis://cache', REDIS_SENTINEL_MASTER: 'm' }, /must be set together/],
    ['without REDIS_URL', { REDIS_SENTINELS: 'one', REDIS_SENTINEL_MASTER: 'm' }, /needs REDIS_URL/],
    [
      'with a URL',
      { REDIS_URL: 'redis://cache', REDIS_SENTINELS: 'redis://one', REDIS_SENTINEL_MASTER: 'm' },
      /must be host:port,host:port/,
    ],
  ])('is rejected %s (RES-18)', (_, variables, problem) => {
    expect(problemsOf(variables)).toEqual([expect.stringMatching(problem)]);
  });
});
