import { randomBytes } from 'node:crypto';
import { loadConfig } from '@bff/config';
import { Client } from 'pg';
import { startService } from '../../apps/bff/src/service.js';
import { Browser } from './browser.js';
import { codeAt, REASON } from './elevating.js';
import { frontends } from './start-bff.js';
import { type SixUpstreams } from './six-upstreams.js';
import { the } from './the.js';

const keys = `k1:${randomBytes(32).toString('base64')}`;

/** What a service or a command needs at a database; all of one test file share the keys. */
export const environmentAt = (url: string, sinch: SixUpstreams): Record<string, string> => ({
  ...sinch.environment(),
  BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
  BFF_PORT: '0',
  BFF_MANAGEMENT_PORT: '0',
  BFF_ENCRYPTION_KEYS: keys,
  DATABASE_URL: url,
  LOG_LEVEL: 'silent',
});

/** One node of the service with both listeners, on a real clock. */
export interface PostgresNode {
  signedIn(user: { readonly email: string; readonly password: string }): Promise<Browser>;
  /** An admin who is elevated for administration. */
  elevatedAdmin(): Promise<Browser>;
  ready(): Promise<{ readonly status: number; readonly directory: unknown }>;
  close(): Promise<void>;
}

export async function startNode(url: string, sinch: SixUpstreams): Promise<PostgresNode> {
  const service = await startService(loadConfig(environmentAt(url, sinch)));
  const browsers: Browser[] = [];
  const browserAt = (origin: string): Browser => {
    const browser = new Browser({ port: service.port, host: new URL(origin).host, origin });
    browsers.push(browser);
    return browser;
  };
  return {
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

/** Runs statements over a connection of the test. @returns the rows of the last one */
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
