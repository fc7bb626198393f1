import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../support/describe-with.js';
import { eventually } from '../support/eventually.js';
import { postgresAvailable } from '../support/postgres.js';
import { freePort, repository } from '../support/program.js';
import { redisAvailable } from '../support/redis-server.js';
import { selfSigned, type SelfSigned } from '../support/self-signed.js';
import { type StaticFrontend } from './static-frontend.js';

const PROGRAMS = { nginx: '/usr/sbin/nginx', haproxy: '/usr/sbin/haproxy' } as const;

export type ProxyName = keyof typeof PROGRAMS;

/** The host of the frontend in deploy/nginx/nginx.conf. */
export const HOST = 'console.example.com';

/** Both listeners of a node. */
export interface NodePorts {
  readonly port: number;
  readonly managementPort: number;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Tests with both proxies in front of the complete production form. */
export function describeWithProxies(title: string, tests: () => void): void {
  const installed = Object.values(PROGRAMS).every((program) => existsSync(program));
  const complete = installed && postgresAvailable() && redisAvailable();
  describeWith('nginx, haproxy, PostgreSQL or redis-server', complete, title, tests);
}

/** A proxy that runs with its file in deploy/, in front of three nodes and a folder with a static frontend. */
export class Proxy {
  output = '';

  private constructor(
    readonly port: number,
    readonly certificate: SelfSigned,
    private readonly home: string,
    private readonly process: ChildProcess,
  ) {
    for (const stream of [process.stdout, process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static async start(
    name: ProxyName,
    nodes: readonly NodePorts[],
    { folder, port: files }: StaticFrontend,
  ): Promise<Proxy> {
    const home = mkdtempSync(join(tmpdir(), `bff-${name}-`));
    chmodSync(home, 0o755);
    const port = await freePort();
    const certificate = selfSigned({ for: HOST });
    const pem = (file: string, text: string): string => written(home, file, text);
    const both = pem('both.pem', certificate.cert + certificate.key);
    const [args, environment] =
      name === 'nginx'
        ? [
            [
              '-c',
              written(home, 'nginx.conf', nginxFile(home, port, nodes, folder, both)),
              '-g',
              'daemon off;',
            ],
            {},
          ]
        : [
            ['-f', join(repository, 'deploy/haproxy/haproxy.cfg')],
            haproxyEnvironment(port, nodes, files, both),
          ];
    const child = spawn(PROGRAMS[name], args, {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const proxy = new Proxy(port, certificate, home, child);
    await eventually(() => proxy.accepts(), { withinMs: 10_000 });
    return proxy;
  }

  async stop(): Promise<void> {
    const { process, home } = this;
    if (process.exitCode === null && process.signalCode === null) {
      const closed = once(process, 'close');
      process.kill('SIGTERM');
      await closed;
    }
    rmSync(home, { recursive: true, force: true });
  }

  /** Sends a request of the frontend over a connection of its own. */
  request(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    { method = 'GET', body = '' } = {},
  ): Promise<ProxyAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ host: '127.0.0.1', port: this.port, ca: this.certificate.cert, servername: HOST, agent: false },
        ...{ path, method, headers: { host: HOST, 'x-csrf': '1', ...headers } },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let text = '';
        const answer = (): void => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
          outgoing.destroy();
        };
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', answer);
        incoming.on('error', () => undefined);
      });
      outgoing.end(body);
    });
  }

  private async accepts(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
    } catch (cause) {
      throw new Error(`The proxy does not listen: ${this.output}`, { cause });
    } finally {
      socket.destroy();
    }
  }
}

/** The file of nginx with the values that its header tells operators to replace. */
function nginxFile(
  home: string,
  port: number,
  nodes: readonly NodePorts[],
  folder: string,
  certificate: string,
): string {
  const replaced: [from: string, to: string][] = [
    ['/run/nginx.pid', join(home, 'nginx.pid')],
    // The pipe of a child process cannot be opened by name.
    ['/dev/stdout', join(home, 'access.log')],
    ['listen 443', `listen 127.0.0.1:${port}`],
    ['/etc/nginx/tls/certificate.pem', certificate],
    ['/etc/nginx/tls/key.pem', certificate],
    ['/srv/console', folder],
    ...nodes.map((node, index): [string, string] => [
      `127.0.0.1:30${index + 1}0 `,
      `127.0.0.1:${node.port} `,
    ]),
  ];
  let text = readFileSync(join(repository, 'deploy/nginx/nginx.conf'), 'utf8');
  for (const [from, to] of replaced) {
    if (!text.includes(from)) throw new Error(`deploy/nginx/nginx.conf has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function haproxyEnvironment(
  port: number,
  nodes: readonly NodePorts[],
  files: number,
  certificate: string,
): Record<string, string> {
  return {
    PROXY_ADDRESS: `127.0.0.1:${port}`,
    PROXY_CERTIFICATE: certificate,
    PROXY_FILES: `127.0.0.1:${files}`,
    ...Object.fromEntries(
      nodes.flatMap((node, index) => [
        [`PROXY_NODE_${index + 1}`, `127.0.0.1:${node.port}`],
        [`PROXY_HEALTH_${index + 1}`, String(node.managementPort)],
      ]),
    ),
  };
}

function written(home: string, name: string, text: string): string {
  const path = join(home, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(path, text);
  return path;
}
