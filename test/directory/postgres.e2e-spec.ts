import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '@bff/config';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { type CommandAnswer, OperatorCommands } from '../../apps/bff/src/cli/operator-commands.js';
import { OperatorModule } from '../../apps/bff/src/cli/operator.module.js';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { Programs } from '../support/program.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { frontends } from '../support/start-bff.js';
import { the } from '../support/the.js';

const keys = `k1:${randomBytes(32).toString('base64')}`;
const { acme, orchard, editor, partner, admin } = the;

/** One process of the service. */
interface Node {
  signedIn(user: { readonly email: string; readonly password: string }): Promise<Browser>;
  ready(): Promise<{ readonly status: number; readonly directory: unknown }>;
}

/** Another process that changes the directory, over connections of its own. */
interface Operator {
  apply(document: object, options?: { readonly prune: boolean }): Promise<CommandAnswer<'apply'>>;
}

describeWithPostgres('the directory in PostgreSQL', () => {
  let postgres: Postgres;
  let sinch: SixUpstreams;
  const programs = new Programs();
  const open: { close(): Promise<unknown> }[] = [];
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([startPostgres(), startSixUpstreams()]);
  });
  afterEach(async () => {
    for (const it of open.splice(0).reverse()) await it.close();
    await programs.killAll();
    sinch.reset();
  });
  afterAll(async () => {
    await sinch.close();
    await postgres.stop();
  });

  const environmentAt = (url: string): Record<string, string> => ({
    ...sinch.environment(),
    BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
    BFF_PORT: '0',
    BFF_MANAGEMENT_PORT: '0',
    BFF_ENCRYPTION_KEYS: keys,
    DATABASE_URL: url,
    LOG_LEVEL: 'silent',
  });

  async function startNode(url: string): Promise<Node> {
    const service: Service = await startService(loadConfig(environmentAt(url)));
    open.push(service);
    const ready = `http://127.0.0.1:${service.managementPort}/health/ready`;
    return {
      signedIn: async (user) => {
        const { origin } = frontends.console;
        const browser = new Browser({ port: service.port, host: new URL(origin).host, origin });
        open.push({ close: () => Promise.resolve(browser.close()) });
        await browser.signIn(user);
        return browser;
      },
      ready: async () => {
        const answer = await fetch(ready, { headers: { connection: 'close' } });
        const { directory } = (await answer.json()) as { directory: unknown };
        return { status: answer.status, directory };
      },
    };
  }

  async function openOperator(url: string): Promise<Operator> {
    const config = loadConfig(environmentAt(url));
    const app = await NestFactory.createApplicationContext(OperatorModule.alone(config), { logger: false });
    open.push(app);
    const commands = app.get(OperatorCommands);
    return {
      apply: (document, { prune } = { prune: false }) =>
        commands.execute('apply', { document, options: { dryRun: false, prune, ifEmpty: false } }),
    };
  }

  async function sql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) {
        rows = (await client.query<Record<string, unknown>>(statement)).rows;
      }
      return rows;
    } finally {
      await client.end();
    }
  }

  /** The name that the session document of an editor of acme has for it. */
  async function nameOfAcme(browser: Browser): Promise<unknown> {
    const { tenants } = (await browser.get('/session')).json as { tenants: { id: string; name: string }[] };
    return tenants.find(({ id }) => id === 'acme')?.name;
  }

  const renamed = (name: string): object => ({ tenants: [{ id: 'acme', name }] });

  it('two services that start at once on an empty database both serve, and both see a change within 1 s', async () => {
    const url = await postgres.createDatabase();
    const nodes = await Promise.all([startNode(url), startNode(url), startNode(url)]);
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    for (const node of nodes) {
      const browser = await eventually(() => node.signedIn(editor), { withinMs: 1_000 });
      expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    }
    expect(await sql(url, 'SELECT version FROM directory_version')).toEqual([{ version: '1' }]);
  });

  it('a change by another process counts within 1 s, for sessions that are open already', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const browser = await (await startNode(url)).signedIn(editor);
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

  it('of two processes that apply at the same time each waits for the other', async () => {
    const url = await postgres.createDatabase();
    const operators = [await openOperator(url), await openOperator(url)];
    const answers = await Promise.all(operators.map((operator) => operator.apply(the.directory)));
    const outcomes = answers.map((answer) =>
      'result' in answer ? [...new Set(answer.result.map(({ outcome }) => outcome))] : answer,
    );
    expect(outcomes).toHaveLength(2);
    expect(outcomes).toEqual(expect.arrayContaining([['created'], ['unchanged']]));
  });

  it('a change that comes while the notification connection is down is found when it is up again', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const browser = await (await startNode(url)).signedIn(editor);
    await sql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'bff directory changes'`,
      `UPDATE tenants SET name = 'Acme Group' WHERE id = 'acme'`,
    );
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 2_000 });
  });

  it('a change whose notification is lost is found by the next look at the version', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const browser = await (await startNode(url)).signedIn(editor);
    await sql(
      url,
      `UPDATE tenants SET name = 'Acme Group' WHERE id = 'acme'`,
      'UPDATE directory_version SET version = version + 1',
    );
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 6_000 });
  });

  it('while the database restarts the service answers from memory and stays ready, and then sees changes again (RES-12)', async () => {
    const url = await postgres.createDatabase();
    await (await openOperator(url)).apply(the.directory);
    await open.pop()?.close();
    const node = await startNode(url);
    const browser = await node.signedIn(editor);
    expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' });

    const restarting = postgres.restart();
    await eventually(
      async () => expect(await node.ready()).toEqual({ status: 200, directory: 'unreachable' }),
      { withinMs: 5_000 },
    );
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect(await nameOfAcme(await node.signedIn(editor))).toBe(acme.name);
    await restarting;

    await eventually(
      async () => expect(await node.ready()).toEqual({ status: 200, directory: 'reachable' }),
      { withinMs: 5_000 },
    );
    await (await openOperator(url)).apply(renamed('Acme Group'));
    await eventually(async () => expect(await nameOfAcme(browser)).toBe('Acme Group'), { withinMs: 1_000 });
  });

  it('no table holds a secret or a password in the clear (CRD-01, CRD-04)', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    await operator.apply({ users: [{ email: admin.email, totpSecret: 'CANARYTOTPSECRET' }] });
    const tables = await sql(
      url,
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThanOrEqual(6);
    const dump: string[] = [];
    for (const { name } of tables) {
      const rows = await sql(url, `SELECT row_to_json(t)::text AS row FROM ${String(name)} t`);
      dump.push(...rows.map(({ row }) => String(row)));
    }
    const text = dump.join('\n');
    expect(text).toContain('acme-key');
    for (const canary of ['canary-secret', 'canary-password', 'CANARYTOTPSECRET']) {
      for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
        expect(text).not.toContain(Buffer.from(canary).toString(encoding).replace(/=+$/, ''));
      }
    }
    expect(text.match(/\bbff1\.k1\./g)).toHaveLength(8);
    expect(text.match(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/g)).toHaveLength(4);
  });

  it('equal secrets are sealed to different texts: every seal has a nonce of its own (CRD-01)', async () => {
    const url = await postgres.createDatabase();
    const credentials = { ...acme.credentials, keySecret: 'the-same-secret' };
    await (
      await openOperator(url)
    ).apply({ tenants: [acme, orchard].map((tenant) => ({ ...tenant, credentials })) });
    const rows = await sql(url, 'SELECT DISTINCT sealed_secret FROM tenant_credentials');
    expect(rows).toHaveLength(2);
  });

  it.each<[what: string, exchange: string]>([
    [
      'their sealed secrets',
      `UPDATE tenant_credentials a SET sealed_secret = b.sealed_secret FROM tenant_credentials b
        WHERE (a.tenant_id, b.tenant_id) IN (('acme', 'orchard'), ('orchard', 'acme'))`,
    ],
    [
      'their owners',
      `UPDATE tenant_credentials a SET (key_id, scheme, sealed_secret, version) =
          (b.key_id, b.scheme, b.sealed_secret, b.version) FROM tenant_credentials b
        WHERE (a.tenant_id, b.tenant_id) IN (('acme', 'orchard'), ('orchard', 'acme'))`,
    ],
  ])(
    'two rows that exchanged %s do not open, and nobody calls with the other key (CRD-01, CRD-10)',
    async (_, exchange) => {
      const url = await postgres.createDatabase();
      await (await openOperator(url)).apply(the.directory);
      await sql(url, exchange);
      const node = await startNode(url);
      for (const [user, tenant] of [
        [editor, 'acme'],
        [partner, 'orchard'],
      ] as const) {
        const browser = await node.signedIn(user);
        const answer = await browser.get(`/v1/tenants/${tenant}/whatsapp`);
        expect(answer.status).toBe(503);
        expect(answer.json).toMatchObject({ errorCode: 'bff_upstream_unavailable' });
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        expect((await browser.get(`/v1/tenants/${tenant}/route`)).json).toMatchObject({
          errorCode: 'bff_upstream_unavailable',
        });
      }
      expect(sinch.all.requests).toEqual([]);
      expect(sinch.tokens.production.requests).toEqual([]);
    },
  );

  it('an older version of a sealed secret does not open in the place of the newer one (CRD-01)', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const [old] = await sql(url, `SELECT sealed_secret FROM tenant_credentials WHERE tenant_id = 'acme'`);
    await operator.apply({
      tenants: [{ id: 'acme', credentials: { ...acme.credentials, keySecret: 'newer' } }],
    });
    await sql(
      url,
      `UPDATE tenant_credentials SET sealed_secret = '${String(old?.['sealed_secret'])}' WHERE tenant_id = 'acme'`,
    );
    const browser = await (await startNode(url)).signedIn(editor);
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(503);
    expect(sinch.all.requests).toEqual([]);
  });

  it('a seal that does not open is no reason to refuse the same secret again: apply repairs it', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    await sql(url, `UPDATE tenant_credentials SET sealed_secret = 'bff1.k1.AAAA' WHERE tenant_id = 'acme'`);
    const browser = await (await startNode(url)).signedIn(editor);
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(503);
    await operator.apply({ tenants: [acme] });
    await eventually(async () => expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200), {
      withinMs: 1_000,
    });
  });

  it('--prune never removes the last admin who can sign in, be there a disabled one in the file', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const disabled = { email: 'former@bff.example', name: 'For Mer', role: 'admin' };
    await operator.apply({ users: [disabled] });
    await sql(url, `UPDATE users SET disabled = true WHERE email_key = 'former@bff.example'`);
    await operator.apply({ users: [disabled, editor] }, { prune: true });
    expect(await sql(url, `SELECT email FROM users WHERE role = 'admin' AND NOT disabled`)).toEqual([
      { email: admin.email },
    ]);
  });

  it('a disabled user is signed out within 1 s and cannot sign in (SES-20)', async () => {
    const url = await postgres.createDatabase();
    const operator = await openOperator(url);
    await operator.apply(the.directory);
    const node = await startNode(url);
    const browser = await node.signedIn(editor);
    await sql(url, `UPDATE users SET disabled = true WHERE email_key = '${editor.email}'`);
    await operator.apply(renamed('Acme Group'));
    await eventually(async () => expect((await browser.get('/session')).status).toBe(401), {
      withinMs: 1_000,
    });
    await expect(node.signedIn(editor)).rejects.toThrow('401');
  });

  it('the built service in profile production starts without REDIS_URL, and the built bff changes its directory', async () => {
    const url = await postgres.createDatabase();
    const environment = {
      BFF_PROFILE: 'production',
      BFF_FRONTENDS: JSON.stringify([frontends.console]),
      BFF_PORT: '0',
      BFF_MANAGEMENT_PORT: '0',
      BFF_DRAIN_SECONDS: '0',
      BFF_ENCRYPTION_KEYS: keys,
      DATABASE_URL: url,
    };
    const service = programs.start('service', { environment });
    const { port } = await service.listening();
    const file = `${process.cwd()}/apps/demo/directory.yaml`;
    const applied = await programs.run('bff', { args: ['apply', file], environment });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const { origin } = frontends.console;
    const browser = new Browser({ port, host: new URL(origin).host, origin });
    open.push({ close: () => Promise.resolve(browser.close()) });
    await eventually(() => browser.signIn({ email: editor.email, password: 'editor-demo-password' }), {
      withinMs: 1_000,
    });
    // The demonstration page is of profile development alone.
    expect((await browser.get('/')).status).toBe(404);
    service.signal('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });
});
