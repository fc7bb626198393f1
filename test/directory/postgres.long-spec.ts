import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { PostgresFixture, sqlAt } from '../support/postgres-node.js';
import { type Postgres, sharedPostgres } from '../support/postgres.js';
import { Programs } from '../support/program.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { frontends } from '../support/start-bff.js';
import { the } from '../support/the.js';

const { editor, admin } = the;

describeWithPostgresAndRedis('with several processes on one PostgreSQL', () => {
  let sinch: SixUpstreams;
  let postgres: Omit<Postgres, 'restart'>;
  const programs = new Programs();
  let fixture: PostgresFixture;
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([sharedPostgres(), startSixUpstreams()]);
    fixture = new PostgresFixture(sinch);
  });
  afterEach(async () => {
    await fixture.close();
    await programs.killAll();
    sinch.reset();
  });
  afterAll(async () => {
    await sinch.close();
    await postgres.stop();
  });

  /** The name of acme in the session document of one of its editors. */
  async function nameOfAcme(browser: Browser): Promise<unknown> {
    const { tenants } = (await browser.get('/session')).json as { tenants: { id: string; name: string }[] };
    return tenants.find(({ id }) => id === 'acme')?.name;
  }

  const renamed = (name: string): object => ({ tenants: [{ id: 'acme', name }] });

  it('services that start concurrently on an empty database all serve, and read a change within 1 s', async () => {
    const url = await postgres.createDatabase();
    const nodes = await Promise.all([fixture.node(url), fixture.node(url), fixture.node(url)]);
    const operator = await fixture.operator(url);
    await operator.apply(the.directory);
    for (const node of nodes) {
      const browser = await eventually(() => node.signedIn(editor), { withinMs: 1_000 });
      expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    }
    expect(await sqlAt(url, 'SELECT version FROM directory_version')).toEqual([{ version: '1' }]);
  });

  it('a change by another process takes effect within 1 s, also for existing sessions', async () => {
    const url = await fixture.seeded();
    const operator = await fixture.operator(url);
    const browser = await (await fixture.node(url)).signedIn(editor);
    await operator.apply(renamed('Acme Group'));
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 1_000 });
    await operator.apply({ users: [{ email: editor.email, memberships: [] }, admin] }, { prune: true });
    await eventually(async () => expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(404), {
      withinMs: 1_000,
    });
    await operator.apply({ users: [admin] }, { prune: true });
    await eventually(async () => expect((await browser.get('/session')).status).toBe(401), {
      withinMs: 1_000,
    });
  });

  it('two processes that apply a file concurrently wait for each other', async () => {
    const url = await postgres.createDatabase();
    const operators = [await fixture.operator(url), await fixture.operator(url)];
    const answers = await Promise.all(operators.map((operator) => operator.apply(the.directory)));
    const outcomes = answers.map((answer) =>
      'result' in answer ? [...new Set(answer.result.map(({ outcome }) => outcome))] : answer,
    );
    expect(outcomes).toHaveLength(2);
    expect(outcomes).toEqual(expect.arrayContaining([['created'], ['unchanged']]));
  });

  it('a service reads a change that was made while it had no notification connection', async () => {
    const url = await fixture.seeded();
    const browser = await (await fixture.node(url)).signedIn(editor);
    await sqlAt(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'bff directory changes'`,
      `UPDATE tenants SET name = 'Acme Group' WHERE id = 'acme'`,
    );
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 2_000 });
  });

  it('a service reads a change without a notification at the next poll of the version', async () => {
    const url = await fixture.seeded();
    const browser = await (await fixture.node(url)).signedIn(editor);
    await sqlAt(
      url,
      `UPDATE tenants SET name = 'Acme Group' WHERE id = 'acme'`,
      'UPDATE directory_version SET version = version + 1',
    );
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 6_000 });
  });

  it('--prune keeps the last enabled admin, even if the file has a disabled admin', async () => {
    const url = await fixture.seeded();
    const operator = await fixture.operator(url);
    const disabled = { email: 'former@bff.example', name: 'For Mer', role: 'admin' };
    await operator.apply({ users: [disabled] });
    await sqlAt(url, `UPDATE users SET disabled = true WHERE email_key = 'former@bff.example'`);
    await operator.apply({ users: [disabled, editor] }, { prune: true });
    expect(await sqlAt(url, `SELECT email FROM users WHERE role = 'admin' AND NOT disabled`)).toEqual([
      { email: admin.email },
    ]);
  });

  it('a disabled user is signed out within 1 s and cannot sign in (SES-20)', async () => {
    const url = await fixture.seeded();
    const operator = await fixture.operator(url);
    const node = await fixture.node(url);
    const browser = await node.signedIn(editor);
    await sqlAt(url, `UPDATE users SET disabled = true WHERE email_key = '${editor.email}'`);
    await operator.apply(renamed('Acme Group'));
    await eventually(async () => expect((await browser.get('/session')).status).toBe(401), {
      withinMs: 1_000,
    });
    await expect(node.signedIn(editor)).rejects.toThrow('401');
  });

  it('the built service starts in profile production, and the built bff changes its directory', async () => {
    const [url, redis] = await Promise.all([postgres.createDatabase(), RedisServer.start()]);
    const environment = {
      BFF_PROFILE: 'production',
      BFF_FRONTENDS: JSON.stringify([frontends.console]),
      BFF_PORT: '0',
      BFF_MANAGEMENT_PORT: '0',
      BFF_DRAIN_SECONDS: '0',
      BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      DATABASE_URL: url,
      REDIS_URL: redis.url,
    };
    const service = programs.start('service', { environment });
    const { port } = await service.listening();
    const file = `${process.cwd()}/apps/demo/directory.yaml`;
    const applied = await programs.run('bff', { args: ['apply', file], environment });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const { origin } = frontends.console;
    const browser = new Browser({ port, host: new URL(origin).host, origin });
    await eventually(() => browser.signIn({ email: editor.email, password: 'editor-demo-password' }), {
      withinMs: 1_000,
    });
    // Only profile development has the demonstration page.
    expect((await browser.get('/')).status).toBe(404);
    browser.close();
    service.signal('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    await redis.stop();
  });
});
