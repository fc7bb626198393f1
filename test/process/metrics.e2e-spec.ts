import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadConfig } from '@bff/config';
import { CATALOGUE } from '@bff/problems';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { Browser } from '../support/browser.js';
import { serverNames, type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';
import { ROUTES } from '../../apps/bff/src/http/routes.js';

const HOST = 'console.bff.test';
const ORIGIN = `https://${HOST}`;

const tenants = Array.from({ length: 30 }, (_, index) => ({
  ...the.harbour,
  id: `harbour-${index}`,
  projectId: `harbour-project-${index}`,
}));
const editor = {
  ...the.editor,
  memberships: tenants.map(({ id }) => ({ tenant: id, role: 'editor' })),
};

/** The values of each label; `process_*` and `nodejs_*` are prom-client's, with labels of the runtime. */
const VALUES: Readonly<Record<string, ReadonlySet<string>>> = {
  operation: new Set([...Object.keys(ROUTES), 'none']),
  status: new Set(Array.from({ length: 500 }, (_, index) => String(100 + index))),
  server: new Set(serverNames),
  code: new Set(Object.keys(CATALOGUE)),
  le: new Set([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, '+Inf'].map(String)),
};

const folder = mkdtempSync(join(tmpdir(), 'bff-metrics-'));
let database: TestDatabase;
let sinch: SixUpstreams;
let service: Service;
let browser: Browser;
beforeAll(async () => {
  sinch = await startSixUpstreams();
  database = await lastingDatabase();
  const environment = {
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin: ORIGIN }]),
    ...sinch.environment(),
  };
  const file = join(folder, 'directory.json');
  writeFileSync(file, JSON.stringify({ tenants, users: [editor] }));
  const apply = operatorProgram(environment, Readable.from([]), () => undefined);
  await apply.parseAsync(['apply', file], { from: 'user' });
  service = await startService(loadConfig(environment));
  browser = new Browser({ port: service.port, host: HOST, origin: ORIGIN });
  await browser.signIn(the.editor);
});
afterAll(async () => {
  browser.close();
  await service.close();
  await sinch.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function metrics(): Promise<string> {
  const management = new Browser({ port: service.managementPort, host: '127.0.0.1' });
  try {
    return (await management.get('/metrics')).text;
  } finally {
    management.close();
  }
}

/** Name and labels of each series of the service. */
function seriesIn(text: string): string[] {
  const series = text.split('\n').flatMap((line) => /^(bff_\w+(?:\{.*\})?) /.exec(line)?.[1] ?? []);
  return series.sort();
}

/** Requests with tenants, paths, methods, hosts, queries and upstream errors that did not occur before. */
async function sendNewValues(): Promise<void> {
  sinch.staging.answer(() => ({
    status: 409,
    body: { errorCode: `error_${randomUUID()}`, message: 'Conflict.', resolution: 'Wait.' },
  }));
  for (const { id } of tenants) {
    await browser.get(`/v1/tenants/${id}/whatsapp`);
    await browser.get(`/v1/tenants/${randomUUID()}/whatsapp`);
    await browser.get(`/${randomUUID()}`);
    await browser.get(`/session?${randomUUID()}=1`);
    await browser.get('/session', undefined, { host: `${randomUUID()}.test` });
    await browser.get('/session', undefined, { origin: `https://${randomUUID()}.test` });
    await browser.post('/session', { email: `${randomUUID()}@acme.example` });
  }
  for (const method of METHODS) {
    if (method === 'CONNECT') continue;
    await browser.request(method, `/${randomUUID()}`);
    await browser.request(method, '/v1/tenants');
  }
}

it('the metrics count calls that were sent again, shared or held back', async () => {
  const valueOf = (text: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  const path = '/v1/tenants/harbour-29/whatsapp';
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  sinch.staging.answer(async () => {
    await released;
    return { body: { ok: true } };
  });
  const before = await metrics();
  const arrived = sinch.staging.nextRequest();
  const reads = [browser.get(path), browser.get(path)];
  await arrived;
  // Answered after the service has read both.
  await browser.get('/session');
  expect(valueOf(await metrics(), 'bff_upstream_calls')).toBe(1);
  release();
  for (const { status } of await Promise.all(reads)) expect(status).toBe(200);

  sinch.staging.answer({ status: 502, body: 'Bad gateway' });
  for (let call = 0; call < 6; call += 1) await browser.get(path);
  const after = await metrics();
  const growth = (name: string): number => valueOf(after, name) - valueOf(before, name);
  expect(growth('bff_upstream_shared_reads_total')).toBe(1);
  expect(growth('bff_upstream_retries_total')).toBe(2);
  expect(growth('bff_upstream_open_circuits')).toBe(1);
  expect(growth('bff_upstream_calls')).toBe(0);
});

describe('the labels of the metrics (LOG-12)', () => {
  it('have only values that are known before a request arrives', async () => {
    await sendNewValues();
    const series = seriesIn(await metrics());
    const operations = series.filter((line) => line.startsWith('bff_requests_total'));
    expect(operations).toContain('bff_requests_total{operation="account.read",status="409"}');
    expect(operations).toContain('bff_requests_total{operation="none",status="404"}');
    const labels = series.flatMap((line) => [...line.matchAll(/(\w+)="([^"]*)"/g)]);
    const unexpected = labels.filter(([, label = '', value = '']) => VALUES[label]?.has(value) !== true);
    expect(unexpected.map(([text]) => text)).toEqual([]);
  });

  it('do not increase with further tenants, paths, methods, hosts and upstream errors', async () => {
    await sendNewValues();
    const before = seriesIn(await metrics());
    await sendNewValues();
    expect(seriesIn(await metrics())).toEqual(before);
  });

  it('contain no id, address or name', async () => {
    const { user } = (await browser.get('/session')).json as { user: { id: string } };
    const ids = [
      user.id,
      the.editor.email,
      HOST,
      '127.0.0.1',
      ...tenants.flatMap(({ id, projectId }) => [id, projectId]),
    ];
    const text = await metrics();
    expect(ids.filter((id) => text.includes(id))).toEqual([]);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});
