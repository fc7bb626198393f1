import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { Programs } from '../support/program.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { frontends } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

/**
 * test/process/service.long-spec.ts, test/process/request-log.long-spec.ts and test/process/drain.long-spec.ts
 * cover the built service in detail.
 */
const home = mkdtempSync(join(tmpdir(), 'bff-built-'));
const programs = new Programs();
let database: TestDatabase;
let sinch: SixUpstreams;
beforeAll(async () => {
  sinch = await startSixUpstreams();
  database = await lastingDatabase();
});
afterAll(async () => {
  await programs.killAll();
  await sinch.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

it('the built service logs each request without secrets, and ends on SIGTERM with 0', async () => {
  const { origin } = frontends.console;
  const environment = {
    ...sinch.environment(),
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', BFF_DRAIN_SECONDS: '0', LOG_LEVEL: 'trace' },
    BFF_FRONTENDS: JSON.stringify([frontends.console]),
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
  const service = programs.start('service', { environment });
  const { port } = await service.listening();
  const file = join(home, 'directory.json');
  const editor = { ...the.editor, memberships: [{ tenant: 'bare', role: 'editor' }] };
  writeFileSync(file, JSON.stringify({ tenants: [the.bare], users: [editor] }));
  const applied = await programs.run('bff', { args: ['apply', file], environment });
  expect([applied.code, applied.stderr]).toEqual([0, '']);

  const browser = new Browser({ port, host: new URL(origin).host, origin });
  await browser.signIn(the.editor);
  expect((await browser.get('/v1/tenants/bare/whatsapp')).status).toBe(503);
  service.signal('SIGTERM');
  expect(await service.ended).toEqual({ code: 0, signal: null });
  browser.close();
  expect(service.requests.map(({ operation, status }) => [operation, status])).toEqual([
    ['session.create', 201],
    ['account.read', 503],
  ]);
  expect(service.stderr).toBe('');
  expect(service.stdout).not.toContain(the.editor.password);
  for (const cookie of browser.cookies.values()) expect(service.stdout).not.toContain(cookie);
});
