import { createHash } from 'node:crypto';
import { type Clocks } from '@bff/config';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { type PostgresNode, sqlAt, startNode } from '../support/postgres-node.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { seededDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const ACME = '/v1/tenants/acme/whatsapp';
const WITHIN = { withinMs: 5_000 };

describeWithPostgresAndRedis('nodes that share Redis', () => {
  let sinch: SixUpstreams;
  let redis: RedisServer;
  let database: TestDatabase;
  let nodes: PostgresNode[] = [];

  async function start(environment: Record<string, string> = {}, clocks?: Clocks): Promise<PostgresNode> {
    const node = await startNode(database.url, sinch, { REDIS_URL: redis.url, ...environment }, clocks);
    nodes.push(node);
    await eventually(async () => expect((await readiness(node)).sessionStore).toBe('reachable'), WITHIN);
    return node;
  }

  async function stop(node: PostgresNode): Promise<void> {
    nodes = nodes.filter((other) => other !== node);
    await node.close();
  }

  async function readiness(
    node: PostgresNode,
  ): Promise<{ readonly httpStatus: number; readonly status: string; readonly sessionStore: string }> {
    const answer = await fetch(`http://127.0.0.1:${node.managementPort}/health/ready`, {
      headers: { connection: 'close' },
    });
    const body = (await answer.json()) as { status: string; sessionStore: string };
    return { ...body, httpStatus: answer.status };
  }

  const auditedEnds = (): Promise<Record<string, unknown>[]> =>
    sqlAt(database.url, `SELECT record FROM audit_events WHERE record::text LIKE '%elevation.ended%'`);

  beforeAll(async () => {
    [sinch, redis, database] = await Promise.all([
      startSixUpstreams(),
      RedisServer.start(),
      seededDatabase(),
    ]);
  });
  afterEach(async () => {
    redis.resume();
    for (const node of [...nodes]) await stop(node);
    await redis.command('FLUSHALL');
  });
  afterAll(async () => {
    await redis.stop();
    await sinch.close();
    await database.drop();
  });

  it('serve a session that began on another node, and end it within 1 s (SES-12)', async () => {
    const [one, other] = [await start(), await start()];
    const browser = await one.signedIn(the.editor);
    const onOther = browser.atPort(other.port);
    expect((await onOther.get(ACME)).status).toBe(200);
    // Signing out deletes the cookie, so the ticket is kept for the other node.
    const stolen = new Map(browser.cookies);
    expect((await browser.delete('/session')).status).toBe(204);
    for (const [name, value] of stolen) onOther.setCookie(name, value);
    await eventually(async () => expect((await onOther.get(ACME)).status).toBe(401), { withinMs: 1_000 });
    onOther.close();
  });

  it('keep sessions over a restart of every node', async () => {
    const before = await start();
    const browser = await before.signedIn(the.editor);
    await stop(before);
    const after = browser.atPort((await start()).port);
    expect((await after.get(ACME)).status).toBe(200);
    after.close();
  });

  it('find sessions from before a rotation of the encryption keys', async () => {
    // Sealed with the new key, the database is of no use to the other tests.
    const rotated = await seededDatabase();
    const before = await start({ DATABASE_URL: rotated.url });
    const browser = await before.signedIn(the.editor);
    await stop(before);
    const keys = `k2:${createHash('sha256').update('next').digest('base64')},${TEST_KEYS}`;
    const after = await start({ DATABASE_URL: rotated.url, BFF_ENCRYPTION_KEYS: keys });
    const later = browser.atPort(after.port);
    expect((await later.get(ACME)).status).toBe(200);
    later.close();
    await stop(after);
    await rotated.drop();
  });

  it('share elevations, which the shutdown of a node does not end and whose end is audited once', async () => {
    const [one, other] = [await start(), await start()];
    const admin = await one.elevatedAdmin();
    const onOther = admin.atPort(other.port);
    const rename = async (browser: Browser, name: string): Promise<string> => {
      const { status, text } = await browser.patch('/v1/admin/tenants/acme', { name });
      return status === 200 ? 'renamed' : text;
    };
    expect(await rename(onOther, 'Renamed')).toBe('renamed');
    const before = (await auditedEnds()).length;
    await stop(one);
    expect(await rename(onOther, the.acme.name)).toBe('renamed');
    expect((await onOther.delete('/session/elevation')).status).toBe(200);
    expect(await rename(onOther, 'Renamed')).toContain('bff_elevation_required');
    await eventually(async () => expect(await auditedEnds()).toHaveLength(before + 1), WITHIN);
    onOther.close();
  });

  it('accept a one-time code once, on whichever node', async () => {
    const [one, other] = [await start(), await start()];
    const admin = (await one.elevatedAdmin()).atPort(other.port);
    const again = await admin.post('/session/elevation', { code: codeAt(Date.now()), reason: REASON });
    expectProblem(again, 403, 'bff_elevation_refused');
    admin.close();
  });

  it('count failed sign-ins together (AUT-12)', async () => {
    const [one, other] = [await start(), await start()];
    const first = await one.signedIn(the.viewer);
    const onOther = first.atPort(other.port);
    const attempt = (browser: Browser): Promise<number> =>
      browser.post('/session', { email: the.editor.email, password: 'wrong' }).then(({ status }) => status);
    for (let time = 0; time < 5; time += 1) {
      expect(await attempt(first)).toBe(401);
      expect(await attempt(onOther)).toBe(401);
    }
    expect([await attempt(first), await attempt(onOther)]).toEqual([429, 429]);
    onOther.close();
  });

  it('serve the sessions and elevations of a node whose clock is 30 s ahead', async () => {
    const ahead: Clocks = { wall: () => Date.now() + 30_000, monotonic: () => performance.now() };
    const [one, early] = [await start(), await start({}, ahead)];
    const [admin, editor] = [await early.elevatedAdmin(), await one.signedIn(the.editor)];
    const [adminOnOne, editorOnEarly] = [admin.atPort(one.port), editor.atPort(early.port)];
    for (const browser of [admin, adminOnOne]) {
      const { json } = await browser.get('/session');
      expect((json as { elevation: object | null }).elevation).not.toBeNull();
      expect((await browser.patch('/v1/admin/tenants/acme', { name: the.acme.name })).status).toBe(200);
    }
    for (const browser of [editor, editorOnEarly]) expect((await browser.get(ACME)).status).toBe(200);
    expect((await adminOnOne.delete('/session/elevation')).status).toBe(200);
    adminOnOne.close();
    editorOnEarly.close();
  });

  it('report in readiness that their lists of frontends differ', async () => {
    const frontends = JSON.stringify([
      { name: 'other', class: 'internal', origin: 'https://other.bff.test' },
    ]);
    const [one, other] = [await start(), await start({ BFF_FRONTENDS: frontends })];
    const differs = expect.stringMatching(/^BFF_FRONTENDS of node .* differs from that of this node$/);
    for (const node of [one, other])
      await eventually(
        async () => expect(await readiness(node)).toMatchObject({ status: 'ready', differences: [differs] }),
        WITHIN,
      );
  });

  it('answer 503 while Redis hangs, keep the cookie, report it in readiness, and continue afterwards (RES-02)', async () => {
    const node = await start();
    const browser = await node.signedIn(the.editor);
    redis.hang();
    await eventually(async () => expect((await browser.get(ACME)).status).toBe(503), { withinMs: 3_000 });
    const startedAt = performance.now();
    const answers = [
      await browser.get('/session'),
      await browser.delete('/session'),
      await browser.post('/session', { email: the.viewer.email, password: the.viewer.password }),
    ];
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    for (const answer of answers) {
      expectProblem(answer, 503, 'bff_session_store_unavailable');
      expect(answer.headers['retry-after']).toBe('1');
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    expect(await readiness(node)).toMatchObject({
      ...{ httpStatus: 503, status: 'unavailable', sessionStore: 'unreachable', directory: 'reachable' },
    });
    redis.resume();
    await eventually(async () => expect((await browser.get(ACME)).status).toBe(200), WITHIN);
    expect(await readiness(node)).toMatchObject({ httpStatus: 200, status: 'ready' });
  });
});
