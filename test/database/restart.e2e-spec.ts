import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import {
  type PostgresNode,
  type PostgresOperator,
  startNode,
  startOperator,
} from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

const { acme, editor } = the;

describeWithPostgres('a service whose database restarts', () => {
  let postgres: Postgres;
  let sinch: SixUpstreams;
  let operator: PostgresOperator;
  let node: PostgresNode;
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([startPostgres(), startSixUpstreams()]);
    const url = await postgres.createDatabase();
    operator = await startOperator(url, sinch);
    await operator.apply(the.directory);
    node = await startNode(url, sinch);
  });
  afterAll(async () => {
    await node.close();
    await operator.close();
    await sinch.close();
    await postgres.stop();
  });

  async function nameOfAcme(browser: Browser): Promise<unknown> {
    const { tenants } = (await browser.get('/session')).json as { tenants: { id: string; name: string }[] };
    return tenants.find(({ id }) => id === 'acme')?.name;
  }

  it('serves sessions from memory and remains ready, begins none, and continues alone afterwards (RES-12)', async () => {
    const browser = await node.signedIn(editor);
    expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' });

    const restarting = postgres.restart();
    await eventually(
      async () => expect(await node.ready()).toEqual({ status: 200, directory: 'unreachable' }),
      { withinMs: 5_000 },
    );
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect(await nameOfAcme(browser)).toBe(acme.name);
    await expect(node.signedIn(editor)).rejects.toThrow('bff_directory_unavailable');
    await restarting;

    await eventually(
      async () => expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' }),
      { withinMs: 5_000 },
    );
    await node.signedIn(editor);
    await operator.apply({ tenants: [{ id: 'acme', name: 'Acme Group' }] });
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 1_000 });
  });
});
