import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { freePort, Programs } from '../support/program.js';

/** test/process/demo.long-spec.ts covers the demo in detail. */
const folder = mkdtempSync(join(tmpdir(), 'bff-demo-'));
const programs = new Programs();
afterAll(async () => {
  await programs.killAll();
  rmSync(folder, { recursive: true, force: true });
});

it('npm start serves the demo on an embedded directory, and ends with 0 on Ctrl-C', async () => {
  const port = String(await freePort());
  const demo = programs.start('demo', {
    environment: {
      DATABASE_URL: `pglite:${join(folder, 'directory')}`,
      SIMULATOR_DATA: join(folder, 'simulator.json'),
      BFF_PORT: port,
      BFF_MANAGEMENT_PORT: String(await freePort()),
      SIMULATOR_PORT: String(await freePort()),
    },
    group: true,
  });
  await demo.until(({ log }) => log.find(({ msg }) => msg === 'The demo is running'));
  const signedIn = await fetch(`http://localhost:${port}/session`, {
    method: 'POST',
    headers: { 'x-csrf': '1', 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ email: 'editor@acme.example', password: 'editor-demo-password' }),
  });
  expect(signedIn.status).toBe(201);
  demo.signal('SIGINT');
  expect(await demo.ended).toEqual({ code: 0, signal: null });
  expect(demo.stderr).toBe('');
}, 120_000);
