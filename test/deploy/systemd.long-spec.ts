import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HeldSocket } from '../support/held-socket.js';
import { freePort, type Program, Programs, repository } from '../support/program.js';
import { describeWithPostgresAndRedis } from '../support/redis-server.js';
import { isReady, ProductionStores, statusOfSession } from './production-environment.js';

const FOLDER = join(repository, 'deploy/systemd');

describeWithPostgresAndRedis('the systemd unit of a node', () => {
  const credentials = mkdtempSync(join(tmpdir(), 'bff-credentials-'));
  const programs = new Programs();
  let stores: ProductionStores;
  let socket: HeldSocket;
  beforeAll(async () => {
    stores = await ProductionStores.start();
    socket = await HeldSocket.open({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await programs.killAll();
    await socket.close();
    await stores.stop();
    rmSync(credentials, { recursive: true, force: true });
  });

  it('runs the service with its command, environment files, credentials and socket, over a restart', async () => {
    const { DATABASE_URL, REDIS_URL, BFF_ENCRYPTION_KEYS } = stores.secrets;
    const secrets = {
      'database-url': DATABASE_URL,
      'redis-url': REDIS_URL,
      'encryption-keys': BFF_ENCRYPTION_KEYS,
    };
    for (const name of valuesOf('LoadCredential').map((value) => value.split(':')[0] ?? ''))
      writeFileSync(join(credentials, name), `${secrets[name as keyof typeof secrets]}\n`);
    const ports = { BFF_MANAGEMENT_PORT: String(await freePort()) };
    const files = valuesOf('EnvironmentFile').map((path) =>
      variablesIn(path.replace('/etc/sinch-bff/%i', '/etc/sinch-bff/1')),
    );
    const variables = valuesOf('Environment').map((line) => line.replace('%d', credentials));
    // Files override the variables of the unit (systemd.exec(5), EnvironmentFile=).
    const environment = Object.assign({}, pairs(variables), ...files, ports) as Record<string, string>;
    const [command = ''] = valuesOf('ExecStart');
    const [, ...args] = command.replaceAll('/opt/sinch-bff', repository).split(' ');
    expect(command).toMatch(/^\/usr\/bin\/node /);

    const run = (): Program => programs.startCommand([process.execPath, ...args], { environment, socket });
    const service = run();
    const { port, managementPort } = await service.listening();
    expect(port).toBe(socket.port);
    expect([await statusOfSession(port), await isReady(managementPort)]).toEqual([401, true]);
    service.signal(valuesOf('KillSignal')[0] as NodeJS.Signals);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.stderr).toBe('');

    const waiting = statusOfSession(port);
    const next = run();
    expect(await waiting).toBe(401);
    next.signal('SIGINT');
    expect(await next.ended).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('has a command line with the configuration of the nodes', async () => {
    const configuration = mkdtempSync(join(tmpdir(), 'bff-configuration-'));
    const { DATABASE_URL, REDIS_URL, BFF_ENCRYPTION_KEYS } = stores.secrets;
    mkdirSync(join(configuration, 'secrets'));
    writeFileSync(join(configuration, 'secrets/database-url'), DATABASE_URL);
    writeFileSync(join(configuration, 'secrets/redis-url'), REDIS_URL);
    writeFileSync(join(configuration, 'secrets/encryption-keys'), BFF_ENCRYPTION_KEYS);
    for (const file of ['service.env', 'frontends.yaml', 'bff'])
      writeFileSync(
        join(configuration, file),
        readFileSync(join(FOLDER, file), 'utf8')
          .replaceAll('/etc/sinch-bff', configuration)
          .replaceAll('/opt/sinch-bff', repository)
          .replaceAll('/usr/bin/node', process.execPath),
      );
    const bff = programs.startCommand(['/bin/sh', join(configuration, 'bff'), 'config', 'check'], {});
    expect([await bff.ended, bff.stderr]).toEqual([{ code: 0, signal: null }, '']);
    expect(bff.stdout).toMatch(/^The configuration is valid: profile production, https:\/\/console/m);
    rmSync(configuration, { recursive: true });
  }, 60_000);

  it('does not start on a socket that is not a TCP socket', async () => {
    const local = await HeldSocket.open({ path: join(credentials, 'socket') });
    const service = programs.start('service', {
      environment: {
        ...variablesIn('/etc/sinch-bff/service.env'),
        ...stores.secrets,
        BFF_MANAGEMENT_PORT: String(await freePort()),
      },
      socket: local,
    });
    expect(await service.ended).toEqual({ code: 78, signal: null });
    expect(service.stderr).toContain('LISTEN_FDS: must be a TCP socket');
    await local.close();
  }, 60_000);
});

function valuesOf(key: string): string[] {
  const unit = readFileSync(join(FOLDER, 'sinch-bff@.service'), 'utf8');
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

function variablesIn(path: string): Record<string, string> {
  return pairs(
    readFileSync(join(FOLDER, path.slice('/etc/sinch-bff/'.length)), 'utf8')
      .replaceAll('/etc/sinch-bff', FOLDER)
      .trim()
      .split('\n'),
  );
}

function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
