import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig, Secret } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recordContext } from '../../libs/state/src/redis/record-codec.js';
import { Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { environmentAt, sqlAt } from '../support/postgres-node.js';
import { type Program, Programs } from '../support/program.js';
import { describeWithPostgresAndRedis, RedisServer } from '../support/redis-server.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { frontends } from '../support/start-bff.js';
import { seededDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const NEW = `new:${createHash('sha256').update('a new key').digest('base64')}`;
const TENANTS = 5_000;
const RECORDS = 5_000;
const REQUESTS_PER_SECOND = 200;
/** A busy machine lowers the rate: a tenant may have 20 calls in flight (docs/contract.md section 5). */
const MAX_IN_FLIGHT = 16;
const ACME = '/v1/tenants/acme/whatsapp';
const WITHIN = { withinMs: 60_000 };

/** A node with the built service, and the requests that it currently answers. */
interface Node {
  readonly program: Program;
  readonly port: number;
}

describeWithPostgresAndRedis('a rotation of the encryption keys', () => {
  const programs = new Programs();
  const keyring = new Keyring(loadConfig({ BFF_ENCRYPTION_KEYS: TEST_KEYS }).encryptionKeys ?? []);
  let sinch: SixUpstreams;
  let redis: RedisServer;
  let database: TestDatabase;
  let nodes: Node[] = [];

  beforeAll(async () => {
    [sinch, redis, database] = await Promise.all([
      startSixUpstreams(),
      RedisServer.start(),
      seededDatabase(),
    ]);
    await addTenants();
  }, WITHIN.withinMs);
  afterAll(async () => {
    await programs.killAll();
    await redis.stop();
    await sinch.close();
    await database.drop();
  }, WITHIN.withinMs);

  const environment = (keys: string): Record<string, string> => ({
    ...environmentAt(database.url, sinch),
    ...{ BFF_ENCRYPTION_KEYS: keys, REDIS_URL: redis.url, LOG_LEVEL: 'info' },
    ...{ BFF_DRAIN_SECONDS: '0', BFF_SESSIONS_PER_USER: '1000' },
  });

  /** Adds tenants with credentials, enough that a rotation takes several batches. */
  async function addTenants(): Promise<void> {
    const rows = Array.from({ length: TENANTS }, (_, index) => {
      const owner = `extra-${index}`;
      const sealed = keyring.seal(new Secret('secret'), { kind: 'tenant-credentials', owner, version: 1 });
      return { id: owner, sealed };
    });
    const values = (map: (row: (typeof rows)[number]) => string): string => rows.map(map).join(',');
    await sqlAt(
      database.url,
      `INSERT INTO tenants (id, name, project_id, environment, plane) VALUES
        ${values(({ id }) => `('${id}', '${id}', '${id}', 'staging', 'public')`)}`,
      `INSERT INTO tenant_credentials (tenant_id, scheme, key_id, sealed_secret, version) VALUES
        ${values(({ id, sealed }) => `('${id}', 'oauth2', 'key', '${sealed}', 1)`)}`,
    );
  }

  /** Adds records of a kind and a version that no code here knows. */
  async function addRecords(): Promise<void> {
    const lines = Array.from({ length: RECORDS }, (_, index) => {
      const key = `bff:r:another-kind:${index}`;
      return `SET ${key} 1.${keyring.seal(new Secret('["value",[]]'), recordContext(key, 7))} PX 600000`;
    });
    await redis.command(lines.join('\r\n'));
  }

  async function startNode(keys: string): Promise<Node> {
    const program = programs.start('service', { environment: environment(keys) });
    const { port, managementPort } = await program.listening();
    await eventually(async () => {
      const ready = await fetch(`http://127.0.0.1:${managementPort}/health/ready`, {
        headers: { connection: 'close' },
      });
      expect(ready.status).toBe(200);
    }, WITHIN);
    return { program, port };
  }

  /** Replaces one node after the other; the balancer sends nothing more to a node before it ends. */
  async function restartAll(load: Load, keys: string): Promise<void> {
    load.phase = `restart with ${keys.replaceAll(/:[^,]*/g, '')}`;
    for (const node of nodes) {
      const next = await startNode(keys);
      nodes = [...nodes.filter((other) => other !== node), next];
      await load.idleAt(node.port);
      node.program.signal('SIGTERM');
      expect(await node.program.ended).toMatchObject({ code: 0 });
    }
  }

  /** The records under the old key, of each kind that has any. */
  async function underOldKey(keys: string): Promise<Record<string, unknown> | undefined> {
    const status = await programs.run('bff', { args: ['keys', 'status'], environment: environment(keys) });
    expect([status.code, status.stderr]).toEqual([0, '']);
    const lines = status.stdoutLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return lines.find(({ key }) => key === 'k1');
  }

  it(
    'fails no call of 200 per second, signs nobody out, and continues after it was killed (CRD-02)',
    async () => {
      nodes = await Promise.all([startNode(TEST_KEYS), startNode(TEST_KEYS)]);
      await addRecords();
      const load = await Load.start(() => nodes.map(({ port }) => port));

      await restartAll(load, `${TEST_KEYS},${NEW}`);
      await restartAll(load, `${NEW},${TEST_KEYS}`);
      const keys = `${NEW},${TEST_KEYS}`;
      load.phase = 'rotation';
      const killed = programs.start('bff', { args: ['keys', 'rotate'], environment: environment(keys) });
      await eventually(async () => {
        const [row] = await sqlAt(
          database.url,
          `SELECT count(*)::int AS count FROM tenant_credentials WHERE sealed_secret LIKE 'bff1.new.%'`,
        );
        expect(row?.['count']).toBeGreaterThan(0);
      }, WITHIN);
      killed.signal('SIGKILL');
      expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
      const left = await underOldKey(keys);
      expect(left).toMatchObject({ sessionRecords: expect.any(Number) });
      expect(Number(left?.['sessionRecords'])).toBeGreaterThanOrEqual(RECORDS);

      const startedAt = performance.now();
      const rotated = await programs.run('bff', { args: ['keys', 'rotate'], environment: environment(keys) });
      const rotationMs = Math.round(performance.now() - startedAt);
      expect([rotated.code, rotated.stderr]).toEqual([0, '']);
      expect(rotated.stdout).toContain('no record names another key');
      expect(await underOldKey(keys)).toMatchObject({
        ...{ tenantCredentials: 0, adminCredentials: 0, totpSecrets: 0, hashKeys: 0 },
        ...{ auditChains: 0, auditAnchor: 0, sessionRecords: 0 },
      });

      await restartAll(load, NEW);
      const { sent, failures, perSecond } = await load.stop();
      expect(await underOldKey(NEW)).toBeUndefined();
      const verified = await programs.run('bff', {
        args: ['audit', 'verify'],
        environment: environment(NEW),
      });
      expect([verified.code, verified.stderr]).toEqual([0, '']);
      process.stdout.write(
        `rotation: ${sent} calls, ${Math.round(perSecond)} per second, the second run took ${rotationMs} ms\n`,
      );
      expect(failures).toEqual({});
      expect(perSecond).toBeGreaterThan(REQUESTS_PER_SECOND * 0.9);
    },
    10 * 60_000,
  );
});

/** Browsers that send 200 requests per second to all nodes: reads, writes, sign-ins and calls of an elevated admin. */
class Load {
  /** What happens meanwhile, for the report of failures. */
  phase = 'start';
  /** Number of failed calls by what failed and how. */
  private readonly failures: Record<string, number> = {};
  private readonly stopping = new AbortController();
  private readonly startedAt = performance.now();
  /** Calls in flight, with their ports. */
  private readonly pending = new Map<Promise<void>, number>();
  private readonly browsers = new Map<string, Browser>();
  private sent = 0;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly ports: () => readonly number[],
    private readonly editorCookies: Map<string, string>,
    private readonly adminCookies: Map<string, string>,
  ) {}

  static async start(ports: () => readonly number[]): Promise<Load> {
    const [port = 0] = ports();
    const editor = browserAt(port, 'console', new Map());
    await editor.signIn(the.editor);
    const admin = browserAt(port, 'admin', new Map());
    await admin.signIn(the.admin);
    const elevated = await admin.post('/session/elevation', { code: codeAt(Date.now()), reason: REASON });
    expect(elevated.status).toBe(200);
    const load = new Load(ports, editor.cookies, admin.cookies);
    for (const browser of [editor, admin]) browser.close();
    load.running = load.run();
    return load;
  }

  async stop(): Promise<{
    readonly sent: number;
    readonly failures: Readonly<Record<string, number>>;
    readonly perSecond: number;
  }> {
    const seconds = (performance.now() - this.startedAt) / 1_000;
    this.stopping.abort();
    await this.running;
    await Promise.all(this.pending.keys());
    for (const browser of this.browsers.values()) browser.close();
    return { sent: this.sent, failures: this.failures, perSecond: this.sent / seconds };
  }

  /** Waits until a port that gets no further calls has answered all. */
  async idleAt(port: number): Promise<void> {
    await Promise.all([...this.pending].filter(([, at]) => at === port).map(([call]) => call));
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const due = ((performance.now() - this.startedAt) / 1_000) * REQUESTS_PER_SECOND;
      for (; this.sent < due && this.pending.size < MAX_IN_FLIGHT; this.sent += 1) {
        const ports = this.ports();
        const port = ports[this.sent % ports.length] ?? 0;
        const call = this.send(this.sent, port).finally(() => this.pending.delete(call));
        this.pending.set(call, port);
      }
      await pause(5);
    }
  }

  private async send(number: number, port: number): Promise<void> {
    const { phase } = this;
    try {
      const [what, expected, { status, text }] = await this.call(number, port);
      const code = /"errorCode":"(\w+)"/.exec(text)?.[1] ?? '';
      if (status !== expected) this.fail(`${phase}: ${what}: ${status} ${code}`);
    } catch (error) {
      this.fail(`${phase}: ${String(error)}`);
    }
  }

  private fail(how: string): void {
    this.failures[how] = (this.failures[how] ?? 0) + 1;
  }

  private async call(
    number: number,
    port: number,
  ): Promise<[what: string, expected: number, answer: { readonly status: number; readonly text: string }]> {
    const admin = this.browserFor(port, 'admin', this.adminCookies);
    const editor = this.browserFor(port, 'console', this.editorCookies);
    if (number % REQUESTS_PER_SECOND === 7) {
      const newcomer = browserAt(port, 'console', new Map());
      const answer = await newcomer.post('/session', {
        email: the.viewer.email,
        password: the.viewer.password,
      });
      newcomer.close();
      return ['sign-in', 201, answer];
    }
    if (number % REQUESTS_PER_SECOND === 57)
      return ['change', 200, await admin.patch('/v1/admin/tenants/acme', { name: `Acme ${number}` })];
    if (number % 20 === 3) return ['elevated read', 200, await admin.get('/v1/admin/users')];
    if (number % 10 === 5) return ['write', 200, await editor.delete(ACME)];
    return ['read', 200, await editor.get(ACME)];
  }

  /** Connections are kept, as by a balancer. */
  private browserFor(port: number, frontend: 'console' | 'admin', cookies: Map<string, string>): Browser {
    const key = `${port} ${frontend}`;
    const browser = this.browsers.get(key) ?? browserAt(port, frontend, cookies);
    this.browsers.set(key, browser);
    return browser;
  }
}

function browserAt(port: number, frontend: 'console' | 'admin', cookies: Map<string, string>): Browser {
  const { origin } = frontends[frontend];
  return new Browser({ port, host: new URL(origin).host, origin }, cookies);
}
