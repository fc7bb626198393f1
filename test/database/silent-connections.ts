import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { environmentAt, type PostgresNode, startNode } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, startPostgres } from '../support/postgres.js';
import { runCommand } from '../support/run-command.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

/** A node whose connections to PostgreSQL can stop responding. */
export interface SilentConnections {
  /** The URL of its database, past the proxy. */
  readonly url: string;
  readonly proxy: SilentProxy;
  readonly node: PostgresNode;
}

/**
 * Describes the behaviour of a node after its connections to PostgreSQL stop responding.
 * @param tests receives a function that starts the node of a test
 */
export function describeSilentConnections(tests: (start: () => Promise<SilentConnections>) => void): void {
  describeWithPostgres('after connections to PostgreSQL stop responding', () => {
    let postgres: Postgres;
    let sinch: SixUpstreams;
    let url = '';
    let started: SilentConnections | undefined;
    const folder = mkdtempSync(join(tmpdir(), 'bff-silent-'));
    beforeAll(async () => {
      [postgres, sinch] = await Promise.all([startPostgres(), startSixUpstreams()]);
      url = await postgres.createDatabase();
      const file = join(folder, 'directory.yaml');
      writeFileSync(file, JSON.stringify(the.directory));
      const applied = await runCommand(['apply', file], { environment: environmentAt(url, sinch) });
      expect(applied.error).toBe('');
    });
    afterEach(async () => {
      await started?.node.close();
      started?.proxy.close();
      started = undefined;
    });
    afterAll(async () => {
      rmSync(folder, { recursive: true });
      await sinch.close();
      await postgres.stop();
    });

    tests(async () => {
      const proxy = await SilentProxy.start(url);
      started = { url, proxy, node: await startNode(proxy.through(url), sinch) };
      return started;
    });
  });
}
