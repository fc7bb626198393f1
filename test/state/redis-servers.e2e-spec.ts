import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, Secret } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { afterEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CONTRACT_KIND } from '../../libs/state/src/expiring-store.contract.js';
import { type ExpiringStore } from '../../libs/state/src/expiring-store.js';
import { RedisState } from '../../libs/state/src/redis/redis-state.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/program.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { selfSigned } from '../support/self-signed.js';

const WITHIN = { withinMs: 5_000 };
const UNAVAILABLE = { errorCode: 'bff_session_store_unavailable' };
const keyring = new Keyring([{ id: 'test', key: new Secret(randomBytes(32)) }]);

Logger.overrideLogger(false);

describeWithRedis('a node', () => {
  const open: RedisState[] = [];
  const servers: RedisServer[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    for (const server of servers.splice(0)) await server.stop();
  });

  async function server(...options: readonly string[]): Promise<RedisServer> {
    const started = await RedisServer.start(...options);
    servers.push(started);
    return started;
  }

  function connect(
    url: string,
    more: Record<string, string> = {},
  ): { readonly state: RedisState; readonly store: ExpiringStore<string> } {
    const { redis } = loadConfig({ REDIS_URL: url, ...more });
    if (redis === null) throw new Error('REDIS_URL was not read');
    const state = new RedisState(redis, keyring, () => performance.now());
    open.push(state);
    const store = state.store(CONTRACT_KIND);
    state.start();
    return { state, store };
  }

  const connected = (state: RedisState): Promise<void> =>
    eventually(() => expect(state.problem).toBeNull(), WITHIN);
  const fails = (state: RedisState, problem: RegExp): Promise<void> =>
    eventually(() => expect(state.problem).toMatch(problem), WITHIN);

  it('connects with a password, and reports a wrong one', async () => {
    const { port } = await server('--requirepass', 'right');
    await connected(connect(`redis://:right@127.0.0.1:${port}`).state);
    await fails(connect(`redis://:wrong@127.0.0.1:${port}`).state, /WRONGPASS/);
    await fails(connect(`redis://127.0.0.1:${port}`).state, /NOAUTH/);
  });

  it('connects as a user of the access control list, and fails closed without a permission', async () => {
    const { port } = await server(
      ...['--user', 'complete', 'on', '>pw', '~bff:*', '+@all'],
      ...['--user', 'limited', 'on', '>pw', '~bff:*', '+@all', '-evalsha', '-eval'],
    );
    const complete = connect(`redis://complete:pw@127.0.0.1:${port}`);
    await connected(complete.state);
    expect(await complete.store.create('a', 'value', 60_000)).toBe(true);
    const limited = connect(`redis://limited:pw@127.0.0.1:${port}`);
    await fails(limited.state, /NOPERM/);
    await expect(limited.store.create('b', 'value', 60_000)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('rejects a server of a Redis Cluster', async () => {
    const { url } = await server('--cluster-enabled', 'yes');
    await fails(connect(url).state, /Redis Cluster, which is not supported/);
  });

  it('rejects writes while the memory of the server is full, and serves reads', async () => {
    const full = await server();
    const { state, store } = connect(full.url);
    await connected(state);
    await store.create('a', 'value', 60_000);
    await full.command('CONFIG SET maxmemory 1');
    await expect(store.create('b', 'value', 60_000)).rejects.toMatchObject(UNAVAILABLE);
    expect(await store.get('a')).toBe('value');
    await full.command('CONFIG SET maxmemory 0');
    expect(await store.create('b', 'value', 60_000)).toBe(true);
  });

  it('leaves a server that has become a replica, and continues when it is a master again', async () => {
    const demoted = await server();
    const { state, store } = connect(demoted.url);
    await connected(state);
    await demoted.command('REPLICAOF 127.0.0.1 1');
    await expect(store.create('a', 'value', 60_000)).rejects.toMatchObject(UNAVAILABLE);
    await fails(state, /replica/);
    await demoted.command('REPLICAOF NO ONE');
    await connected(state);
    expect(await store.create('a', 'value', 60_000)).toBe(true);
  });

  it('waits for a server that is loading its data', async () => {
    const loading = await server(
      ...['--enable-debug-command', 'local', '--key-load-delay', '1000'],
      ...['--loading-process-events-interval-bytes', '1024'],
    );
    await loading.command('DEBUG POPULATE 1500');
    await loading.command('SAVE');
    await loading.kill();
    await loading.run();
    const { state, store } = connect(loading.url);
    await fails(state, /loading/i);
    await expect(store.get('a')).rejects.toMatchObject(UNAVAILABLE);
    await connected(state);
    expect(await store.create('a', 'value', 60_000)).toBe(true);
  });

  it('verifies the certificate of the server', async () => {
    const home = mkdtempSync(join(tmpdir(), 'bff-redis-tls-'));
    const { key, cert } = selfSigned({ for: 'localhost' });
    const [keyFile, certFile] = [join(home, 'key.pem'), join(home, 'cert.pem')];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    const tlsPort = await freePort();
    await server(
      ...['--tls-port', String(tlsPort), '--tls-cert-file', certFile, '--tls-key-file', keyFile],
      ...['--tls-auth-clients', 'no', '--tls-ca-cert-file', certFile],
    );
    await connected(connect(`rediss://localhost:${tlsPort}?ssl_ca_certs=${certFile}`).state);
    await fails(connect(`rediss://localhost:${tlsPort}`).state, /self-signed|certificate/i);
    rmSync(home, { recursive: true });
  });

  it('asks the Sentinels for the master, and follows a failover', async () => {
    const [first, second] = [await server(), await server()];
    const home = mkdtempSync(join(tmpdir(), 'bff-sentinel-'));
    const file = join(home, 'sentinel.conf');
    writeFileSync(file, `sentinel monitor sessions 127.0.0.1 ${first.port} 1\n`);
    const sentinel = await RedisServer.startSentinel(file);
    servers.push(sentinel);
    const sentinels = {
      REDIS_SENTINELS: `127.0.0.1:1,127.0.0.1:${sentinel.port}`,
      REDIS_SENTINEL_MASTER: 'sessions',
    };
    const { state, store } = connect('redis://ignored.invalid', sentinels);
    await connected(state);
    await store.create('a', 'value', 60_000);
    expect(await first.command('KEYS bff:r:*:a')).toContain(':a');

    await sentinel.command('SENTINEL REMOVE sessions');
    await sentinel.command(`SENTINEL MONITOR sessions 127.0.0.1 ${second.port} 1`);
    await first.kill();
    await eventually(async () => expect(await store.create('b', 'value', 60_000)).toBe(true), WITHIN);
    expect(await second.command('KEYS bff:r:*:b')).toContain(':b');
    const unknown = connect('redis://ignored.invalid', { ...sentinels, REDIS_SENTINEL_MASTER: 'other' });
    await fails(unknown.state, /does not know the master other/);
    rmSync(home, { recursive: true });
  });
});
