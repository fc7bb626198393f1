import 'reflect-metadata';
import { type Clocks, loadConfig } from '@bff/config';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { type CommandResponse, OperatorCommands } from '../../apps/bff/src/cli/operator-commands.js';
import { OperatorModule } from '../../apps/bff/src/cli/operator.module.js';
import { startService } from '../../apps/bff/src/service.js';
import { Browser } from './browser.js';
import { codeAt, REASON } from './elevating.js';
import { frontends } from './start-bff.js';
import { type SixUpstreams } from './six-upstreams.js';
import { lastingDatabase, seededDatabase, TEST_KEYS, type TestDatabase } from './test-database.js';
import { the } from './the.js';

/** The environment of a service or a command with a database. */
export const environmentAt = (url: string, sinch: SixUpstreams): Record<string, string> => ({
  ...sinch.environment(),
  BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
  BFF_PORT: '0',
  BFF_MANAGEMENT_PORT: '0',
  BFF_ENCRYPTION_KEYS: TEST_KEYS,
  DATABASE_URL: url,
  LOG_LEVEL: 'silent',
});

/** One node of the service with both listeners, on a real clock. */
export interface PostgresNode {
  readonly port: number;
  readonly managementPort: number;
  signedIn(user: { readonly email: string; readonly password: string }): Promise<Browser>;
  /** An admin who is elevated for administration. */
  elevatedAdmin(): Promise<Browser>;
  ready(): Promise<{ readonly status: number; readonly directory: unknown }>;
  close(): Promise<void>;
}

/** @param environment in addition to {@link environmentAt} */
export async function startNode(
  url: string,
  sinch: SixUpstreams,
  environment: Readonly<Record<string, string>> = {},
  clocks?: Clocks,
): Promise<PostgresNode> {
  const service = await startService(loadConfig({ ...environmentAt(url, sinch), ...environment }, clocks));
  const browsers: Browser[] = [];
  const browserAt = (origin: string): Browser => {
    const browser = new Browser({ port: service.port, host: new URL(origin).host, origin });
    browsers.push(browser);
    return browser;
  };
  return {
    port: service.port,
    managementPort: service.managementPort,
    signedIn: async (user) => {
      const browser = browserAt(frontends.console.origin);
      await browser.signIn(user);
      return browser;
    },
    elevatedAdmin: async () => {
      const browser = browserAt(frontends.admin.origin);
      await browser.signIn(the.admin);
      const answer = await browser.post('/session/elevation', { code: codeAt(Date.now()), reason: REASON });
      if (answer.status !== 200) throw new Error(`Not elevated: ${answer.status} ${answer.text}`);
      return browser;
    },
    ready: async () => {
      const answer = await fetch(`http://127.0.0.1:${service.managementPort}/health/ready`, {
        headers: { connection: 'close' },
      });
      const { directory } = (await answer.json()) as { directory: unknown };
      return { status: answer.status, directory };
    },
    close: async () => {
      for (const browser of browsers) browser.close();
      await service.close();
    },
  };
}

/** Another process that changes the directory over its own connections. */
export interface PostgresOperator {
  apply(document: object, options?: { readonly prune: boolean }): Promise<CommandResponse<'apply'>>;
  close(): Promise<void>;
}

export async function startOperator(url: string, sinch: SixUpstreams): Promise<PostgresOperator> {
  const config = loadConfig(environmentAt(url, sinch));
  const app = await NestFactory.createApplicationContext(OperatorModule.standalone(config), {
    logger: false,
  });
  const commands = app.get(OperatorCommands);
  return {
    apply: (document, { prune } = { prune: false }) =>
      commands.execute('apply', { document, options: { dryRun: false, prune, ifEmpty: false } }),
    close: () => app.close(),
  };
}

/** Databases and processes of one test; {@link close} closes the processes before their databases. */
export class PostgresFixture {
  private readonly open: { close(): Promise<unknown> }[] = [];

  constructor(private readonly sinch: SixUpstreams) {}

  /** @returns the URL of a database with `the.directory` */
  seeded(): Promise<string> {
    return this.urlOf(seededDatabase());
  }

  /** @returns the URL of a migrated database without records */
  migrated(): Promise<string> {
    return this.urlOf(lastingDatabase());
  }

  async node(url: string): Promise<PostgresNode> {
    return this.closing(await startNode(url, this.sinch));
  }

  async operator(url: string): Promise<PostgresOperator> {
    return this.closing(await startOperator(url, this.sinch));
  }

  async close(): Promise<void> {
    for (const one of this.open.splice(0).reverse()) await one.close();
  }

  private async urlOf(creating: Promise<TestDatabase>): Promise<string> {
    const database = await creating;
    this.closing({ close: () => database.drop() });
    return database.url;
  }

  private closing<One extends { close(): Promise<unknown> }>(one: One): One {
    this.open.push(one);
    return one;
  }
}

/** Runs statements over a new connection. @returns the rows of the last one */
export async function sqlAt(
  url: string,
  ...statements: readonly string[]
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
