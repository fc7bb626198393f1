import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { sqlAt } from '../support/postgres-node.js';
import { the } from '../support/the.js';
import { describeSilentConnections } from './silent-connections.js';

describeSilentConnections((start) => {
  it('the service reports the failure, replaces the connections and recovers within seconds (RES-12)', async () => {
    const { url, proxy, node } = await start();
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
  });
});
