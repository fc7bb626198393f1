import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { environmentAt, sqlAt, startNode } from '../support/postgres-node.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { type Outcome, runCommand } from '../support/run-command.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { seededDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const NEW = `new:${createHash('sha256').update('a new key').digest('base64')}`;

const recordsOf = ({ lines }: Outcome): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describeWithPostgresAndRedis('bff keys', () => {
  let sinch: SixUpstreams;
  let redis: RedisServer;
  let database: TestDatabase;
  beforeAll(async () => {
    [sinch, redis, database] = await Promise.all([
      startSixUpstreams(),
      RedisServer.start(),
      seededDatabase(),
    ]);
    // As before the first start with this release.
    await sqlAt(database.url, 'DELETE FROM hash_keys');
  });
  afterAll(async () => {
    await redis.stop();
    await sinch.close();
    await database.drop();
  });

  const bff = (keys: string, ...args: readonly string[]): Promise<Outcome> =>
    runCommand(args, {
      environment: {
        ...environmentAt(database.url, sinch),
        BFF_ENCRYPTION_KEYS: keys,
        REDIS_URL: redis.url,
      },
    });

  it('are about hash keys of which concurrently starting nodes create one for each purpose', async () => {
    const start = (): ReturnType<typeof startNode> =>
      startNode(database.url, sinch, { REDIS_URL: redis.url });
    const [one, other] = await Promise.all([start(), start()]);
    const browser = await eventually(() => one.signedIn(the.editor), { withinMs: 5_000 });
    const elsewhere = browser.atPort(other.port);
    await eventually(async () => expect((await elsewhere.get('/session')).status).toBe(200), {
      withinMs: 5_000,
    });
    elsewhere.close();
    await Promise.all([one.close(), other.close()]);
    expect(await sqlAt(database.url, 'SELECT generation FROM hash_keys')).toHaveLength(4);
  });

  it('rotate seals every record with the first key, and status proves it (CRD-02)', async () => {
    const before = await bff(`${NEW},${TEST_KEYS}`, 'keys', 'status');
    expect(before.code).toBe(0);
    expect(recordsOf(before)).toMatchObject([
      { key: 'new', configured: true, seals: true, tenantCredentials: 0, hashKeys: 0, sessionRecords: 0 },
      { key: 'k1', configured: true, seals: false, generated: false, hashKeys: 4, auditAnchor: 1 },
    ]);
    const credentials = 'SELECT version, updated_at FROM tenant_credentials ORDER BY tenant_id';
    const stored = await sqlAt(database.url, credentials);

    const rotated = await bff(`${NEW},${TEST_KEYS}`, 'keys', 'rotate');
    expect([rotated.code, rotated.error]).toEqual([0, '']);
    expect(rotated.lines).toEqual([
      expect.stringMatching(
        /^sealed with the key "new": 4 tenant credentials, 3 admin credentials, 1 second factors, 4 hash keys, [1-9]\d* audit chains, 1 audit anchors, [1-9]\d* session records$/,
      ),
      'no record names another key; "k1" can be removed from BFF_ENCRYPTION_KEYS if every node begins with "new"',
    ]);
    // A secret that is sealed again is the same version of the same secret.
    expect(await sqlAt(database.url, credentials)).toEqual(stored);

    const after = await bff(NEW, 'keys', 'status');
    expect([after.code, after.error]).toEqual([0, '']);
    expect(recordsOf(after)).toMatchObject([{ key: 'new', tenantCredentials: 4, hashKeys: 5 }]);
    expect((await bff(NEW, 'audit', 'verify')).code).toBe(0);
    const [event] = await sqlAt(
      database.url,
      `SELECT record FROM audit_events WHERE record LIKE '%keys.rotated%'`,
    );
    expect(JSON.parse(String(event?.['record']))).toMatchObject({
      outcome: 'success',
      actor: { kind: 'operator' },
      details: { key: 'new', records: { tenantCredentials: 4 } },
    });
  });

  it('rotate changes nothing if every record names the first key, and removes the ticket keys that have expired', async () => {
    const generations = (): Promise<Record<string, unknown>[]> =>
      sqlAt(database.url, `SELECT generation FROM hash_keys WHERE purpose = 'session-tickets' ORDER BY 1`);
    const nothing =
      'sealed with the key "new": 0 tenant credentials, 0 admin credentials, 0 second factors, 0 hash keys, ' +
      '0 audit chains, 0 audit anchors, 0 session records';
    expect(await bff(NEW, 'keys', 'rotate')).toEqual({
      ...{ code: 0, error: '' },
      lines: [nothing, 'no record names another key'],
    });
    expect(await generations()).toEqual([{ generation: 1 }, { generation: 2 }]);
    // The longest absolute lifetime of a session is 12 hours.
    await sqlAt(database.url, `UPDATE hash_keys SET created_at = created_at - interval '12 hours 2 minutes'`);
    expect((await bff(NEW, 'keys', 'rotate')).code).toBe(0);
    expect(await generations()).toEqual([{ generation: 2 }]);
  });

  it('rotate leaves a record that cannot be opened, and names it', async () => {
    const damaged = `UPDATE tenant_credentials SET sealed_secret = 'bff1.k1.AAAA' WHERE tenant_id = 'acme'`;
    const [good] = await sqlAt(
      database.url,
      `SELECT sealed_secret FROM tenant_credentials WHERE tenant_id = 'acme'`,
    );
    await sqlAt(database.url, damaged);
    const { code, error } = await bff(NEW, 'keys', 'rotate');
    expect([code, error]).toEqual([
      1,
      'These records cannot be opened; set or repair them: acme (tenant credentials)',
    ]);
    const status = await bff(NEW, 'keys', 'status');
    expect([status.code, status.error]).toEqual([
      1,
      'Stored records name the key "k1", which BFF_ENCRYPTION_KEYS does not have',
    ]);
    await sqlAt(
      database.url,
      `UPDATE tenant_credentials SET sealed_secret = '${String(good?.['sealed_secret'])}' WHERE tenant_id = 'acme'`,
    );
  });

  it('rotate leaves a session record that cannot be opened, which counts as absent', async () => {
    await redis.command('SET bff:r:session:damaged 1.bff1.k1.AAAA PX 60000');
    const { code, lines } = await bff(NEW, 'keys', 'rotate');
    expect(code).toBe(0);
    expect(lines).toContain('left 1 session records that cannot be opened; they count as absent and expire');
    await redis.command('DEL bff:r:session:damaged');
  });
});
