import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort, Programs, repository } from '../support/program.js';
import { describeWithPostgresAndRedis } from '../support/redis-server.js';
import { isReady, ProductionStores, statusOfSession } from './production-environment.js';
import { HOST } from './proxy.js';

/** Installs all packages. */
const BUILD_MS = 900_000;
/** A user without an account, as in orchestrators that choose one. */
const USER = 54_321;

interface Image {
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

interface LockedPackage {
  readonly dev?: boolean;
}

describeWithPostgresAndRedis('the result of the Dockerfile', () => {
  const home = mkdtempSync(join(tmpdir(), 'bff-image-'));
  const node = join(home, 'node');
  const programs = new Programs();
  let image: Image;
  let stores: ProductionStores;
  beforeAll(async () => {
    chmodSync(home, 0o755);
    copyFileSync(process.execPath, node);
    stores = await ProductionStores.start();
    const script = join(repository, 'scripts/run-dockerfile.js');
    const { stdout } = await promisify(execFile)(process.execPath, [script, home]);
    image = JSON.parse(stdout) as Image;
    await promisify(execFile)('chmod', ['-R', 'a-w', image.workdir]);
  }, BUILD_MS);
  afterAll(async () => {
    await programs.killAll();
    await stores.stop();
    await promisify(execFile)('chmod', ['-R', 'u+w', home]);
    rmSync(home, { recursive: true, force: true });
  });

  it('has neither development dependencies, sources, tests nor source maps (SUP-04)', () => {
    const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, LockedPackage>;
    };
    const development = Object.keys(packages).filter((path) => packages[path]?.dev === true);
    expect(development.length).toBeGreaterThan(100);
    const installed = development.filter((path) => existsSync(join(image.workdir, path, 'package.json')));
    expect(installed).toEqual([]);
    expect(globSync('**/*.map', { cwd: image.workdir })).toEqual([]);
    expect(globSync('*', { cwd: image.workdir }).sort()).toEqual([
      'apps',
      'dist',
      'node_modules',
      'package.json',
    ]);
    expect(globSync('{apps,dist}/**/*.ts', { cwd: image.workdir })).toEqual([]);
  });

  it('starts and serves as any user on a read-only file system, and ends with 0 (SUP-04)', async () => {
    const managementPort = await freePort();
    const environment = {
      ...image.environment,
      ...stores.secrets,
      BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin: `https://${HOST}` }]),
      ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: String(managementPort), BFF_DRAIN_SECONDS: '0' },
    };
    const user = process.getuid?.() === 0 ? { user: USER } : {};
    const start = ([, ...args]: readonly string[]) =>
      programs.startCommand([node, ...args], { environment, folder: image.workdir, ...user });
    const service = start(image.command);
    const { port } = await service.listening();
    expect([await statusOfSession(port), await isReady(managementPort)]).toEqual([401, true]);
    expect((await start(image.healthcheck).ended).code).toBe(0);
    service.signal('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.stderr).toBe('');
    expect((await start(image.healthcheck).ended).code).toBe(1);
  }, 60_000);
});
