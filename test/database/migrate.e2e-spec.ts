import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { environmentAt, sqlAt, startNode } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { runCommand } from '../support/run-command.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';

describeWithPostgres('bff migrate', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let sinch: SixUpstreams;
  let url: string;
  beforeAll(async () => {
    [postgres, sinch] = await Promise.all([sharedPostgres(), startSixUpstreams()]);
    url = await postgres.createDatabase();
  });
  afterAll(async () => {
    await sinch.close();
    await postgres.stop();
  });

  const bff = (...args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(args, { environment: { ...environmentAt(url, sinch), BFF_MIGRATE_ON_START: 'false' } });

  const startWithoutMigration = (): ReturnType<typeof startNode> =>
    startNode(url, sinch, { BFF_MIGRATE_ON_START: 'false' });

  it('is required before the service and commands start if BFF_MIGRATE_ON_START is false', async () => {
    const refused = /older than this release \(missing: 0000_directory, .*\).*run bff migrate/;
    await expect(startWithoutMigration()).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [expect.stringMatching(refused)],
    });
    expect(await bff('users', 'list')).toMatchObject({ code: 78, error: expect.stringMatching(refused) });
    expect(await sqlAt(url, `SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  it('of two processes at the same time applies each migration once', async () => {
    const outcomes = await Promise.all([bff('migrate'), bff('migrate')]);
    expect(outcomes.map(({ code, error }) => [code, error])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const lines = outcomes.map((outcome) => outcome.lines);
    expect(lines).toContainEqual(['the schema is up to date']);
    expect(lines.flat()).toEqual(expect.arrayContaining(['applied 0000_directory', 'applied 0002_evidence']));
    await (await startWithoutMigration()).close();
  });

  it('accepts a schema that is newer than the release, and so does the service', async () => {
    await sqlAt(
      url,
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', 9000000000000)`,
    );
    expect(await bff('migrate')).toMatchObject({ code: 0, lines: ['the schema is up to date'] });
    await (await startWithoutMigration()).close();
  });
});
