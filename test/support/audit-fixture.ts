import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type AuditEvent, AuditLog } from '@bff/audit';
import { loadConfig } from '@bff/config';
import { DatabaseConnection } from '@bff/database';
import { expect } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { exitCodeOf, explain } from '../../apps/bff/src/exit.js';
import { OperatorCommands } from '../../apps/bff/src/cli/operator-commands.js';
import { OperatorModule } from '../../apps/bff/src/cli/operator.module.js';
import { eventually } from './eventually.js';
import { TEST_KEYS } from './test-database.js';
import { the } from './the.js';

/** The tables of the audit log, without the prefix `audit_`. */
const TABLES = ['events', 'chains', 'anchor', 'checkpoints'] as const;

const environmentAt = (url: string): Record<string, string> => ({
  BFF_FRONTENDS: JSON.stringify([{ name: 'admin', class: 'admin', origin: 'https://admin.bff.test' }]),
  BFF_ENCRYPTION_KEYS: TEST_KEYS,
  DATABASE_URL: url,
  LOG_LEVEL: 'silent',
});

/** A process of the operator with an audit log and its own clock. */
export class AuditFixture {
  static async open(url: string): Promise<AuditFixture> {
    const clock = { now: Date.now() };
    const config = loadConfig(environmentAt(url), {
      wall: () => clock.now,
      monotonic: () => performance.now(),
    });
    const app = await NestFactory.createApplicationContext(OperatorModule.standalone(config), {
      logger: false,
    });
    return new AuditFixture(url, clock, app);
  }

  private constructor(
    readonly url: string,
    readonly clock: { now: number },
    private readonly app: INestApplicationContext,
  ) {}

  get auditLog(): AuditLog {
    return this.app.get(AuditLog);
  }

  async sql(...statements: string[]): Promise<readonly Record<string, unknown>[]> {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) {
      const { orm } = this.app.get(DatabaseConnection);
      ({ rows } = (await orm.execute(statement)) as { rows: readonly Record<string, unknown>[] });
    }
    return rows;
  }

  /** Anchors the audit log and saves a copy for {@link restore}. */
  async keep(): Promise<void> {
    await this.bff('checkpoint');
    for (const table of TABLES) await this.sql(`CREATE TABLE kept_${table} AS TABLE audit_${table}`);
  }

  /** Restores the given tables in one statement, so that no anchor is made of a part of them. */
  async restore(tables: readonly (typeof TABLES)[number][] = TABLES): Promise<void> {
    const statements = tables.map(
      (table) =>
        `DELETE FROM audit_${table}; INSERT INTO audit_${table} OVERRIDING SYSTEM VALUE TABLE kept_${table};`,
    );
    await this.sql(`DO $$ BEGIN ${statements.join(' ')} END $$`);
  }

  /** Waits until the current heads of all chains, or of one, are anchored. */
  async anchored(chain = '%'): Promise<void> {
    const behind = `SELECT 1 FROM audit_chains LEFT JOIN audit_anchor ON true
      WHERE chain LIKE '${chain}' AND strpos(coalesce(heads, ''), '["' || chain || '",' || sequence || ',"' || hash || '"]') = 0`;
    await eventually(async () => expect(await this.sql(behind)).toEqual([]), { withinMs: 20_000 });
  }

  /** @returns the chains and events that do not verify; none if the audit log is intact */
  async found(): Promise<readonly string[]> {
    const answer = await this.app.get(OperatorCommands).execute('audit.verify', undefined);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    return [...new Set(answer.result.problems.map(placeOf))];
  }

  /** Adds events to the chains of acme and harbour, and to the chain without a tenant. */
  async fill(): Promise<void> {
    const answer = await this.app.get(OperatorCommands).execute('apply', {
      document: { tenants: [the.acme, the.harbour], users: [the.editor, the.admin].map(noMemberships) },
      options: { dryRun: false, prune: false, ifEmpty: false },
    });
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    for (let round = 0; round < 4; round += 1) {
      await this.auditLog.record(denied('acme'), denied('harbour'), denied(null));
    }
  }

  bff(...args: string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    return bff(this.url, ...args);
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

const noMemberships = ({ memberships: _, ...user }: { readonly memberships: unknown }): object => user;

/**
 * `the chain of acme: event 3 (…) was edited` becomes `acme 3`; a problem of the head or the beginning
 * becomes `acme`.
 */
function placeOf(sentence: string): string {
  const [, chain, first = '', last] =
    /^the chain of (.+?): (?:events? (\d+)(?: to (\d+))?\b)?/.exec(sentence) ?? [];
  return `${chain} ${last === undefined ? first : `${first}-${last}`}`.trim();
}

/** An event of a user with an elevation. */
export function denied(tenantId: string | null, reason = 'Ticket 4711: stuck'): AuditEvent {
  const elevation = { id: randomUUID(), reason };
  const actor = {
    kind: 'user',
    id: randomUUID(),
    session: 'f00d',
    frontend: 'admin',
    clientAddress: null,
    elevation,
  } as const;
  return { event: 'access.denied', outcome: 'refused', actor, tenantId, requestId: randomUUID() };
}

async function bff(url: string, ...args: string[]): Promise<{ code: number; lines: readonly string[] }> {
  const lines: string[] = [];
  const program = operatorProgram(environmentAt(url), Readable.from([]), (line) => void lines.push(line));
  try {
    await program.parseAsync(['audit', ...args], { from: 'user' });
    return { code: 0, lines };
  } catch (error) {
    return { code: exitCodeOf(error), lines: [...lines, ...explain(error).split('\n')] };
  }
}
