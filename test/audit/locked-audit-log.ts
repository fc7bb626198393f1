import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import { Client } from 'pg';
import { deputy } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Longer than the maximum wait for a lock or for an audit write. */
export const LOCKED_MS = 8_000;

/** A service whose audit log another connection can lock. */
export class LockedAuditLog {
  constructor(
    readonly bff: Bff,
    private readonly url: string,
  ) {}

  /** Holds the lock during `act`, for at least {@link LOCKED_MS}. */
  async during<Result>(lock: string, act: () => Promise<Result>): Promise<Result> {
    const holder = new Client({ connectionString: this.url });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query(lock);
      const [result] = await Promise.all([act(), pause(LOCKED_MS)]);
      return result;
    } finally {
      await holder.query('COMMIT');
      await holder.end();
    }
  }
}

export function expectUnavailable(answer: Answer): void {
  expectProblem(answer, 503, 'bff_audit_unavailable');
}

/** @param tests receives a function that returns the service of all tests */
export function describeLockedAuditLog(tests: (log: () => LockedAuditLog) => void): void {
  describeWithPostgres('while the audit log is locked', () => {
    let postgres: Omit<Postgres, 'restart'>;
    let log: LockedAuditLog;
    beforeAll(async () => {
      postgres = await sharedPostgres();
      const url = await postgres.createDatabase();
      const bff = await startBff({
        directory: { ...the.directory, users: [...the.directory.users, deputy] },
        environment: {
          DATABASE_URL: url,
          BFF_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
        },
      });
      log = new LockedAuditLog(bff, url);
    });
    afterAll(async () => {
      await log.bff.close();
      await postgres.stop();
    });

    tests(() => log);
  });
}
