import { randomBytes } from 'node:crypto';
import { type AuditRecord } from '@bff/audit';
import { expect } from '@jest/globals';
import { Client } from 'pg';
import { type Answer } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** A service whose audit log can be made unavailable and available again. */
export class AuditOutage {
  constructor(
    readonly bff: Bff,
    readonly begin: () => Promise<void>,
    readonly end: () => Promise<void>,
  ) {}

  async during<Result>(act: () => Promise<Result>): Promise<Result> {
    await this.begin();
    try {
      return await act();
    } finally {
      await this.end();
    }
  }

  /** @returns the newest 100 events that match a query, the newest first */
  async events(query = ''): Promise<readonly AuditRecord[]> {
    const auditor = await this.bff.signedIn(the.admin, 'admin');
    const answer = await auditor.get(`/v1/admin/audit?pageSize=100${query}`);
    expect(answer.status).toBe(200);
    return (answer.json as { events: readonly AuditRecord[] }).events;
  }
}

export function expectAuditUnavailable(answer: Answer): void {
  expectProblem(answer, 503, 'bff_audit_unavailable');
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(answer.headers).not.toHaveProperty('set-cookie');
}

/** A service whose audit table is missing during the outage. */
export async function startWithoutTable(): Promise<AuditOutage> {
  const bff = await startBff();
  return new AuditOutage(
    bff,
    () => bff.sql('ALTER TABLE audit_events RENAME TO hidden'),
    () => bff.sql('ALTER TABLE hidden RENAME TO audit_events'),
  );
}

/** A service whose PostgreSQL accepts no connections to its database during the outage. */
export async function startWithPostgres(server?: Omit<Postgres, 'restart'>): Promise<AuditOutage> {
  const { url: serverUrl, createDatabase } = server ?? (await sharedPostgres());
  const url = await createDatabase();
  const name = new URL(url).pathname.slice(1);
  const bff = await startBff({ environment: environmentAt(url) });
  return new AuditOutage(
    bff,
    async () => {
      await execute(
        serverUrl,
        `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
      await untilSignInIs(bff, 503);
    },
    async () => {
      await execute(serverUrl, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await untilSignInIs(bff, 201);
    },
  );
}

/** Waits until the service has noticed the beginning or the end of an outage: nobody signs in during it. */
export async function untilSignInIs(bff: Bff, status: 201 | 503): Promise<void> {
  const { email, password } = the.partner;
  await eventually(
    async () => expect((await bff.browser().post('/session', { email, password })).status).toBe(status),
    { withinMs: 10_000 },
  );
}

export const environmentAt = (url: string): Record<string, string> => ({
  DATABASE_URL: url,
  BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
});

async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
