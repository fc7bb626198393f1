import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from './describe-with.js';
import { eventually } from './eventually.js';
import { postgresAvailable } from './postgres.js';
import { freePort } from './program.js';

const PROGRAM = '/usr/bin/redis-server';

export function redisAvailable(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function describeWithRedis(name: string, body: () => void): void {
  describeWith('redis-server', redisAvailable(), name, body);
}

/** Tests of the complete production form. */
export function describeWithPostgresAndRedis(name: string, body: () => void): void {
  describeWith('PostgreSQL with redis-server', postgresAvailable() && redisAvailable(), name, body);
}

/** A Redis server with throw-away data. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly home: string,
    private readonly options: readonly string[],
    private readonly sentinelFile: string | null = null,
  ) {}

  /** @param options of the command line, such as `--requirepass` */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const home = await mkdtemp(join(tmpdir(), 'bff-redis-'));
    const server = new RedisServer(await freePort(), home, options);
    await server.run();
    return server;
  }

  /** Starts a Sentinel. @param file its configuration, which it rewrites */
  static async startSentinel(file: string): Promise<RedisServer> {
    const home = await mkdtemp(join(tmpdir(), 'bff-sentinel-'));
    const server = new RedisServer(await freePort(), home, [], file);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server, with the data that {@link kill} left if persistence is on. */
  async run(): Promise<void> {
    const base = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.home];
    const options =
      this.sentinelFile === null
        ? [...base, '--save', '', ...this.options]
        : [this.sentinelFile, ...base, '--sentinel'];
    this.process = spawn(PROGRAM, options, { stdio: 'ignore' });
    await eventually(() => this.command('PING'), { withinMs: 20_000 });
  }

  /** Stops the server from answering, without closing connections. */
  hang(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { process } = this;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const closed = once(process, 'close');
    process.kill('SIGKILL');
    await closed;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Executes an inline command without credentials. @returns the raw reply */
  async command(line: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.setEncoding('utf8').end(`${line}\r\nQUIT\r\n`);
    let reply = '';
    for await (const chunk of socket) reply += chunk as string;
    return reply;
  }
}
