import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { environmentAt, sqlAt, startNode } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { runCommand } from '../support/run-command.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

describeWithPostgres('after connections to PostgreSQL stop responding', () => {
  let postgres: Postgres;
  let sinch: SixUpstreams;
  let url = '';
  let proxy: SilentProxy;
  const folder = mkdtempSync(join(tmpdir(), 'bff-silent-'));
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([startPostgres(), startSixUpstreams()]);
    url = await postgres.createDatabase();
    const file = join(folder, 'directory.yaml');
    writeFileSync(file, JSON.stringify(the.directory));
    const applied = await runCommand(['apply', file], { environment: environmentAt(url, sinch) });
    expect(applied.error).toBe('');
  });
  afterEach(() => proxy.close());
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await sinch.close();
    await postgres.stop();
  });

  it('the service reports the failure, replaces the connections and recovers within seconds (RES-12)', async () => {
    proxy = await SilentProxy.start(url);
    const node = await startNode(proxy.through(url), sinch);
    try {
      const viewer = await node.signedIn(the.viewer);
      const admin = await node.elevatedAdmin();
      expect((await admin.patch('/v1/admin/tenants/acme', { name: 'Before' })).status).toBe(200);
      expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' });

      proxy.silence();
      await sqlAt(url, `UPDATE users SET disabled = true WHERE email = '${the.viewer.email}'`);
      await eventually(
        async () => expect(await node.ready()).toEqual({ status: 200, directory: 'unreachable' }),
        { withinMs: 6_000 },
      );
      await eventually(async () => expect((await viewer.get('/session')).status).toBe(401), {
        withinMs: 6_000,
      });
      await eventually(
        async () => {
          const answer = await admin.patch('/v1/admin/tenants/acme', { name: 'After' });
          if (answer.status !== 200) expectProblem(answer, 503, 'bff_audit_unavailable');
          expect(answer.status).toBe(200);
        },
        { withinMs: 8_000 },
      );
      await eventually(
        async () => expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' }),
        { withinMs: 3_000 },
      );
      expect(await sqlAt(url, `SELECT name FROM tenants WHERE id = 'acme'`)).toEqual([{ name: 'After' }]);
    } finally {
      await node.close();
    }
  });

  it('a write in an open transaction fails in time, and a later one succeeds', async () => {
    proxy = await SilentProxy.start(url);
    const node = await startNode(proxy.through(url), sinch);
    try {
      const admin = await node.elevatedAdmin();
      const lock = `BEGIN; SELECT FROM directory_version FOR UPDATE; SELECT pg_sleep(1); COMMIT`;
      const holding = sqlAt(url, lock);
      await pause(200);
      const writing = admin.patch('/v1/admin/tenants/acme', { name: 'Lost' });
      await eventually(
        async () =>
          expect(
            await sqlAt(url, `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'`),
          ).toHaveLength(1),
        { withinMs: 2_000 },
      );
      proxy.silence();
      await holding;
      const startedAt = performance.now();
      expectProblem(await writing, 503, 'bff_audit_unavailable');
      expect(performance.now() - startedAt).toBeLessThan(6_000);
      await eventually(
        async () => expect((await admin.patch('/v1/admin/tenants/acme', { name: 'Kept' })).status).toBe(200),
        { withinMs: 10_000 },
      );
    } finally {
      await node.close();
    }
  }, 40_000);

  it('the service can close in time, even if new connections do not respond', async () => {
    proxy = await SilentProxy.start(url);
    const node = await startNode(proxy.through(url), sinch);
    await node.signedIn(the.editor);
    proxy.silenceForGood();
    const late = pause(15_000, 'still open', { ref: false });
    expect(await Promise.race([node.close().then(() => 'closed'), late])).toBe('closed');
  });
});
