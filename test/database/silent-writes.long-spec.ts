import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { sqlAt } from '../support/postgres-node.js';
import { the } from '../support/the.js';
import { describeSilentConnections } from './silent-connections.js';

describeSilentConnections((start) => {
  it('a write in an open transaction fails in time, and a later one succeeds', async () => {
    const { url, proxy, node } = await start();
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
  }, 40_000);

  it('the service can close in time, even if new connections do not respond', async () => {
    const { proxy, node } = await start();
    await node.signedIn(the.editor);
    proxy.silenceForGood();
    const late = pause(15_000, 'still open', { ref: false });
    expect(await Promise.race([node.close().then(() => 'closed'), late])).toBe('closed');
  });
});
