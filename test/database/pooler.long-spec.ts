import { Secret } from '@bff/config';
import { type DatabaseConnection, openDatabase } from '@bff/database';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.js';
import { environmentAt, startNode, sqlAt } from '../support/postgres-node.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { runCommand } from '../support/run-command.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

const MIGRATION_LOCK = '7241109385';

describeWithPgBouncer('behind PgBouncer in transaction mode', () => {
  let postgres: Postgres;
  let pooler: PgBouncer;
  let sinch: SixUpstreams;
  let logLines: string[] = [];
  const toClose: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([startPostgres(), startSixUpstreams()]);
    pooler = await startPgBouncer(postgres.url);
  });
  afterEach(async () => {
    for (const one of toClose.splice(0).reverse()) await one.close();
    Logger.overrideLogger(false);
  });
  afterAll(async () => {
    await sinch.close();
    await pooler.stop();
    await postgres.stop();
  });

  function collectLog(): void {
    logLines = [];
    const collect = (message: unknown): void => void logLines.push(String(message));
    Logger.overrideLogger({ log: collect, warn: collect, error: collect });
  }

  const openAt = (url: string): Promise<DatabaseConnection> =>
    openDatabase({ kind: 'postgres', url: new Secret(url) }, () => Promise.reject(new Error('No owner')));

  async function opened(url: string): Promise<DatabaseConnection> {
    const connection = await openAt(url);
    toClose.push(connection);
    return connection;
  }

  const lockedSessions = (): Promise<unknown[]> =>
    sqlAt(postgres.url, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`);

  it('processes that migrate an empty database concurrently all succeed and leave no lock', async () => {
    const url = pooler.through(await postgres.createDatabase());
    toClose.push(...(await Promise.all([openAt(url), openAt(url), openAt(url)])));
    expect(await lockedSessions()).toEqual([]);
  });

  it('a node reads a change of another process within 2.5 s, and the audit log verifies', async () => {
    const url = pooler.through(await postgres.createDatabase());
    const operator = (args: string[], input = ''): ReturnType<typeof runCommand> =>
      runCommand(args, { environment: environmentAt(url, sinch), input });
    const { email, password } = the.editor;
    const created = await operator(['users', 'create', email, '--password-stdin'], `${password}\n`);
    expect([created.code, created.error]).toEqual([0, '']);
    const node = await startNode(url, sinch);
    toClose.push(node);
    const browser = await node.signedIn(the.editor);
    expect((await operator(['users', 'disable', email])).code).toBe(0);
    await eventually(async () => expect((await browser.get('/session')).status).toBe(401), {
      withinMs: 2_500,
    });
    expect((await operator(['audit', 'verify'])).code).toBe(0);
  }, 60_000);

  it('a connection without notifications is polled, which is logged once', async () => {
    const direct = await postgres.createDatabase();
    collectLog();
    const [pooled, plain] = [await opened(pooler.through(direct)), await opened(direct)];
    let [calls, plainCalls] = [0, 0];
    pooled.onChange(() => Promise.resolve(void (calls += 1)));
    await eventually(
      () => expect(logLines.filter((line) => /poll every 1000 ms/.test(line))).toHaveLength(1),
      {
        withinMs: 4_000,
      },
    );
    plain.onChange(() => Promise.resolve(void (plainCalls += 1)));
    await eventually(() => expect([calls, plainCalls].every((count) => count > 0)).toBe(true), {
      withinMs: 4_000,
    });
    const before = [calls, plainCalls];
    await sqlAt(
      direct,
      `INSERT INTO tenants (id, name, project_id, environment, plane) VALUES ('a', 'A', 'p', 'staging', 'public')`,
    );
    await eventually(
      () => expect([calls > (before[0] ?? 0), plainCalls > (before[1] ?? 0)]).toEqual([true, true]),
      {
        withinMs: 2_500,
      },
    );
    expect(logLines.filter((line) => /poll every/.test(line))).toHaveLength(1);
  });

  it('an abandoned migration lock does not block a node that has nothing to migrate', async () => {
    const direct = await postgres.createDatabase();
    await (await openAt(direct)).close();
    const holder = new Client({ connectionString: direct });
    await holder.connect();
    try {
      await holder.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
      await opened(pooler.through(direct));
    } finally {
      await holder.end();
    }
  });

  it('a node that must migrate logs that it waits for the lock, and migrates when it is released', async () => {
    const direct = await postgres.createDatabase();
    const holder = new Client({ connectionString: direct });
    await holder.connect();
    collectLog();
    let opening: Promise<DatabaseConnection>;
    try {
      await holder.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
      opening = openAt(pooler.through(direct));
      await eventually(
        () => expect(logLines.join('\n')).toMatch(new RegExp(`Waiting up to 60 s .*${MIGRATION_LOCK}`)),
        { withinMs: 4_000 },
      );
    } finally {
      await holder.end();
    }
    toClose.push(await opening);
    expect(await sqlAt(direct, 'SELECT version FROM directory_version')).toEqual([{ version: '0' }]);
  });
});
