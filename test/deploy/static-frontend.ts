import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const INDEX = '<!doctype html><title>Console</title>';
export const SCRIPT = 'console.log("console")';

/** A built frontend: a folder for nginx, and a web server that answers every path with the index page for HAProxy. */
export class StaticFrontend {
  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async start(): Promise<StaticFrontend> {
    const folder = mkdtempSync(join(tmpdir(), 'bff-frontend-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), INDEX);
    writeFileSync(join(folder, 'assets/app.js'), SCRIPT);
    writeFileSync(join(folder, '.env'), 'SECRET=1');
    symlinkSync('/etc/hostname', join(folder, 'link'));
    const server = createServer((_request, response) => response.end(INDEX)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StaticFrontend(folder, (server.address() as AddressInfo).port, server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
