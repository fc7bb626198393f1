import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig, type RedisSettings, Secret } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CONTRACT_KIND, expiringStoreContract } from '../../libs/state/src/expiring-store.contract.js';
import { RedisState } from '../../libs/state/src/redis/redis-state.js';
import { type RecordKind } from '../../libs/state/src/record-kind.js';
import { type ExpiringStore } from '../../libs/state/src/expiring-store.js';
import { slidingWindowsContract } from '../../libs/state/src/sliding-windows.contract.js';
import { eventually } from '../support/eventually.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const WITHIN = { withinMs: 5_000 };
const keyring = new Keyring([{ id: 'test', key: new Secret(randomBytes(32)) }]);

Logger.overrideLogger(false);

let server: RedisServer;
const nodes: RedisState[] = [];

function settings(): RedisSettings {
  const { redis } = loadConfig({ REDIS_URL: server.url });
  if (redis === null) throw new Error('REDIS_URL was not read');
  return redis;
}

/** The state of one node. */
function node(keys = keyring): RedisState {
  const state = new RedisState(settings(), keys, () => performance.now());
  nodes.push(state);
  return state;
}

async function started(state: RedisState): Promise<void> {
  state.start();
  await eventually(() => expect(state.problem).toBeNull(), WITHIN);
}

async function storeOf<Value>(kind: RecordKind<Value>, keys = keyring): Promise<ExpiringStore<Value>> {
  const state = node(keys);
  const store = state.store(kind);
  await started(state);
  return store;
}

let names = 0;
const newKind = (options: Partial<RecordKind<string>> = {}): RecordKind<string> => {
  names += 1;
  return { ...CONTRACT_KIND, name: `kind-${names}`, ...options };
};

describeWithRedis('a store in Redis', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const state of nodes) state.close();
    await server.stop();
  });

  expiringStoreContract('RedisStore', {
    unitMs: 40,
    fresh: () => storeOf(newKind()),
    pass: (units) => pause(units * 40),
  });

  expiringStoreContract('RedisStore without copies', {
    unitMs: 40,
    fresh: () => storeOf(newKind({ copies: 'none' })),
    pass: (units) => pause(units * 40),
  });

  slidingWindowsContract('RedisWindows', {
    toleranceMs: 290,
    fresh: async (windowMs) => {
      names += 1;
      const state = node();
      await started(state);
      return state.windows(`windows-${names}`, windowMs);
    },
    pass: (milliseconds) => pause(milliseconds),
  });

  it('a removal on one node takes effect on the others, whose copies are invalidated', async () => {
    const kind = newKind();
    const [one, other] = [await storeOf(kind), await storeOf(kind)];
    await one.create('a', 'value', 60_000);
    expect(await other.get('a')).toBe('value');
    await one.remove('a');
    await eventually(async () => expect(await other.get('a')).toBeUndefined(), { withinMs: 1_000 });
  });

  it('an update on one node takes effect on the others', async () => {
    const kind = newKind();
    const [one, other] = [await storeOf(kind), await storeOf(kind)];
    await one.create('a', 'first', 60_000);
    expect(await other.get('a')).toBe('first');
    await one.update('a', () => ({ value: 'second', lifetimeMs: 60_000 }));
    await eventually(async () => expect(await other.get('a')).toBe('second'), { withinMs: 1_000 });
  });

  it('reads a copy without a command to the server', async () => {
    const store = await storeOf(newKind());
    await store.create('a', 'value', 60_000);
    await store.get('a');
    const gets = async (): Promise<string | undefined> =>
      /cmdstat_get:calls=(\d+)/.exec(await server.command('INFO commandstats'))?.[1];
    const before = await gets();
    for (let time = 0; time < 100; time += 1) expect(await store.get('a')).toBe('value');
    expect(await gets()).toBe(before);
  });

  it('a removed unique key cannot be created again', async () => {
    const store = await storeOf(newKind({ uniqueKeys: true }));
    await store.create('a', 'value', 60_000);
    await store.remove('a');
    expect(await store.create('a', 'late', 60_000)).toBe(false);
  });

  it('stores no value, group or key id in readable form (SES-24)', async () => {
    const store = await storeOf(newKind());
    await store.create('a', 'canary-value@canary-group', 60_000);
    const keys = await server.command('KEYS *');
    expect(keys).toContain('bff:r:kind-');
    expect(keys).not.toContain('canary');
    const key = /bff:r:kind-\d+:a/.exec(keys)?.[0] ?? '';
    expect(await server.command(`GET ${key}`)).not.toContain('canary');
  });

  it.each<[what: string, damage: (record: string) => string]>([
    ['truncated', (record) => record.slice(0, -10)],
    ['tampered with', (record) => `${record.slice(0, -2)}${record.endsWith('AA') ? 'BB' : 'AA'}`],
    ['not a record', () => 'garbage'],
    ['sealed with an unknown key', (record) => record.replace('.test.', '.other.')],
  ])('a record that is %s counts as absent (SES-24)', async (_, damage) => {
    const kind = newKind();
    const store = await storeOf(kind);
    await store.create('a', 'value@g', 60_000);
    const key = `bff:r:${kind.name}:a`;
    const record = (await server.command(`GET ${key}`)).split('\r\n')[1] ?? '';
    await server.command(`SET ${key} ${damage(record)} PX 60000`);
    const other = await storeOf(kind);
    expect(await other.get('a')).toBeUndefined();
    expect(await other.inGroup('g')).toEqual(new Map());
  });

  it('a record of another version counts as absent', async () => {
    const kind = newKind();
    const store = await storeOf(kind);
    await store.create('a', 'value', 60_000);
    const next = await storeOf({ ...kind, version: 2 });
    expect(await next.get('a')).toBeUndefined();
  });

  it('a record that is stored under the key of another one counts as absent', async () => {
    const kind = newKind();
    const store = await storeOf(kind);
    await store.create('a', 'value', 60_000);
    await server.command(`COPY bff:r:${kind.name}:a bff:r:${kind.name}:b`);
    expect(await store.get('b')).toBeUndefined();
  });
});
