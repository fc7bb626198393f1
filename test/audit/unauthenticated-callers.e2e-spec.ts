import { Readable } from 'node:stream';
import { type AuditRecord } from '@bff/audit';
import { loadConfig } from '@bff/config';
import { expect, it } from '@jest/globals';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { startService } from '../../apps/bff/src/service.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { frontends } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS } from '../support/test-database.js';

it('rejected requests of unauthenticated callers are counted in metrics, and only failed sign-ins are audited, without the input', async () => {
  const database = await lastingDatabase();
  const variables = {
    BFF_FRONTENDS: JSON.stringify([frontends.console]),
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
    ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
  const service = await startService(loadConfig(variables));
  const host = new URL(frontends.console.origin).host;
  const caller = new Browser({ port: service.port, host, origin: frontends.console.origin });
  try {
    await caller.post('/session', { email: 'no@body.example', password: 'canary-password' });
    await caller.get('/session');
    await caller.get('/session');
    caller.setCookie('__Host-bff-session', 'canary-forged-cookie');
    await caller.get('/v1/tenants/acme/whatsapp');
    await caller.delete('/v1/admin/tenants/acme');
    await caller.get('/session', undefined, { 'x-csrf': undefined });
    await caller.get('/session', undefined, { origin: 'https://canary.example' });
    await caller.get('/session', undefined, { host: 'canary.example' });
    const metrics = await (await fetch(`http://127.0.0.1:${service.managementPort}/metrics`)).text();
    expect(metrics.match(/^bff_refusals_total\{.*$/gm)?.sort()).toEqual([
      'bff_refusals_total{code="bff_csrf_header_required"} 1',
      'bff_refusals_total{code="bff_invalid_credentials"} 1',
      'bff_refusals_total{code="bff_origin_not_allowed"} 1',
      'bff_refusals_total{code="bff_session_required"} 4',
      'bff_refusals_total{code="bff_unknown_host"} 1',
    ]);
    let lines: string[] = [];
    // The running service writes buffered events within seconds.
    await eventually(
      async () => {
        lines = [];
        const program = operatorProgram(variables, Readable.from([]), (line) => void lines.push(line));
        await program.parseAsync(['audit', 'export'], { from: 'user' });
        expect(lines).not.toEqual([]);
      },
      { withinMs: 10_000 },
    );
    expect(lines.map((line) => JSON.parse(line) as AuditRecord)).toEqual([
      expect.objectContaining({ event: 'session.sign-in-failed', actor: { kind: 'anonymous', id: null } }),
    ]);
    expect(lines.join()).not.toMatch(/no@body|canary/);
  } finally {
    caller.close();
    await service.close();
    await database.drop();
  }
});
