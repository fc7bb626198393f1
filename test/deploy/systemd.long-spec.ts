import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort, Programs, repository } from '../support/program.js';
import { describeWithPostgresAndRedis } from '../support/redis-server.js';
import { isReady, ProductionStores, statusOfSession } from './production-environment.js';

const FOLDER = join(repository, 'deploy/systemd');

describeWithPostgresAndRedis('the systemd unit of a node', () => {
  const credentials = mkdtempSync(join(tmpdir(), 'bff-credentials-'));
  const programs = new Programs();
  let stores: ProductionStores;
  beforeAll(async () => {
    stores = await ProductionStores.start();
  });
  afterAll(async () => {
    await programs.killAll();
    await stores.stop();
    rmSync(credentials, { recursive: true, force: true });
  });

  it('starts the service with its command, environment files and credentials, and stops it with 0', async () => {
    const { DATABASE_URL, REDIS_URL, BFF_ENCRYPTION_KEYS } = stores.secrets;
    const secrets = {
      'database-url': DATABASE_URL,
      'redis-url': REDIS_URL,
      'encryption-keys': BFF_ENCRYPTION_KEYS,
    };
    for (const name of valuesOf('LoadCredential').map((value) => value.split(':')[0] ?? ''))
      writeFileSync(join(credentials, name), `${secrets[name as keyof typeof secrets]}\n`);
    const ports = { BFF_PORT: '0', BFF_MANAGEMENT_PORT: String(await freePort()) };
    const files = valuesOf('EnvironmentFile').map((path) =>
      variablesIn(path.replace('/etc/sinch-bff/%i', '/etc/sinch-bff/1')),
    );
    const variables = valuesOf('Environment').map((line) => line.replace('%d', credentials));
    const environment = { ...Object.assign({}, ...files), ...pairs(variables), ...ports } as Record<
      string,
      string
    >;
    const [command = ''] = valuesOf('ExecStart');
    const [, ...args] = command.replaceAll('/opt/sinch-bff', repository).split(' ');
    expect(command).toMatch(/^\/usr\/bin\/node /);

    const service = programs.startCommand([process.execPath, ...args], { environment });
    const { port, managementPort } = await service.listening();
    expect([await statusOfSession(port), await isReady(managementPort)]).toEqual([401, true]);
    service.signal(valuesOf('KillSignal')[0] as NodeJS.Signals);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.stderr).toBe('');
  }, 60_000);
});

function valuesOf(key: string): string[] {
  const unit = readFileSync(join(FOLDER, 'sinch-bff@.service'), 'utf8');
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

function variablesIn(path: string): Record<string, string> {
  return pairs(
    readFileSync(join(FOLDER, path.slice('/etc/sinch-bff/'.length)), 'utf8')
      .trim()
      .split('\n'),
  );
}

function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
