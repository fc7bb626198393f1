import { randomBytes } from 'node:crypto';
import { loadConfig, Secret } from '@bff/config';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CONTRACT_KIND } from '../../libs/state/src/expiring-store.contract.js';
import { type ExpiringStore } from '../../libs/state/src/expiring-store.js';
import { type RecordKind } from '../../libs/state/src/record-kind.js';
import { RedisState } from '../../libs/state/src/redis/redis-state.js';
import { eventually } from '../support/eventually.js';
import { heapGrowthMiB } from '../support/heap-growth.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const WITHIN = { withinMs: 5_000 };
const keyring = new Keyring([{ id: 'test', key: new Secret(randomBytes(32)) }]);

Logger.overrideLogger(false);

describeWithRedis('a node whose Redis server', () => {
  let server: RedisServer;
  let state: RedisState;
  let store: ExpiringStore<string>;
  const kind: RecordKind<string> = { ...CONTRACT_KIND, name: 'outage', uniqueKeys: true };

  /** The state of one node. */
  function node(): RedisState {
    const { redis } = loadConfig({ REDIS_URL: server.url });
    if (redis === null) throw new Error('REDIS_URL was not read');
    return new RedisState(redis, keyring, () => performance.now());
  }

  const connected = (one: RedisState): Promise<void> =>
    eventually(() => expect(one.problem).toBeNull(), { withinMs: 10_000 });

  beforeAll(async () => {
    server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    state = node();
    store = state.store(kind);
    state.start();
    await connected(state);
  });
  afterEach(async () => {
    server.resume();
    await connected(state);
  });
  afterAll(async () => {
    state.close();
    await server.stop();
  });

  it('hangs rejects requests within 500 ms, then at once, and recovers alone', async () => {
    await store.create('hang', 'value', 60_000);
    await store.get('hang');
    server.hang();
    const failsWithin = async (limitMs: number): Promise<void> => {
      const startedAt = performance.now();
      await expect(store.get('unknown')).rejects.toMatchObject({
        errorCode: 'bff_session_store_unavailable',
        retryAfter: '1',
      });
      expect(performance.now() - startedAt).toBeLessThan(limitMs);
    };
    await failsWithin(1_000);
    const startedAt = performance.now();
    for (let time = 0; time < 100; time += 1) await failsWithin(1_000);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    server.resume();
    await eventually(async () => expect(await store.get('hang')).toBe('value'), WITHIN);
  });

  it('hangs does not accumulate memory by the requests that it rejects (RES-02)', async () => {
    server.hang();
    const rejected = async (requests: number): Promise<void> => {
      for (let done = 0; done < requests; done += 500)
        await Promise.all(
          Array.from({ length: 500 }, () => expect(store.get('unknown')).rejects.toThrow(Problem)),
        );
    };
    await rejected(2_000);
    expect(await heapGrowthMiB(() => rejected(50_000))).toBeLessThan(2);
  });

  it('has hung for more than 1.5 s serves no copies', async () => {
    await store.create('copy', 'value', 60_000);
    await store.get('copy');
    server.hang();
    await eventually(
      () => expect(store.get('copy')).rejects.toMatchObject({ errorCode: 'bff_session_store_unavailable' }),
      { withinMs: 2_000 },
    );
    server.resume();
    await eventually(async () => expect(await store.get('copy')).toBe('value'), WITHIN);
  });

  it('restarts keeps the records, and reconnects within 5 s', async () => {
    await store.create('restart', 'value', 60_000);
    await server.kill();
    await expect(store.get('restart')).rejects.toMatchObject({ errorCode: 'bff_session_store_unavailable' });
    await server.run();
    await eventually(async () => expect(await store.get('restart')).toBe('value'), WITHIN);
  });

  it('lost a removal removes it again after the restart (SES-15)', async () => {
    const key = `bff:r:${kind.name}:undone`;
    await store.create('undone', 'value', 60_000);
    const record = (await server.command(`GET ${key}`)).split('\r\n')[1] ?? '';
    expect(await store.remove('undone')).toBe(true);
    // The server restarts with the record, as after a failover to a replica that had not received the removal.
    await server.command(`SET ${key} ${record} PX 60000`);
    await server.kill();
    await server.run();
    await connected(state);
    expect(await server.command(`EXISTS ${key}`)).toMatch(/^:0/);
    const other = node();
    const otherStore = other.store(kind);
    other.start();
    await connected(other);
    expect(await otherStore.get('undone')).toBeUndefined();
    other.close();
  });

  it('lost a removal by a node that is gone removes it again through any other node (SES-15)', async () => {
    const key = `bff:r:${kind.name}:orphan`;
    const gone = node();
    const goneStore = gone.store(kind);
    gone.start();
    await connected(gone);
    await goneStore.create('orphan', 'value', 60_000);
    const record = (await server.command(`GET ${key}`)).split('\r\n')[1] ?? '';
    expect(await goneStore.remove('orphan')).toBe(true);
    gone.close();
    // The mark of the removal arrives before the answer to a later command.
    expect(await store.get('orphan')).toBeUndefined();
    await server.command(`SET ${key} ${record} PX 60000`);
    await server.kill();
    await server.run();
    await connected(state);
    expect(await store.get('orphan')).toBeUndefined();
    expect(await server.command(`EXISTS ${key}`)).toMatch(/^:0/);
  });
});
