import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { type HeldSocket } from './held-socket.js';

export const repository = join(import.meta.dirname, '..', '..');

/** The built programs, by their names in tests. */
const scripts = {
  service: 'dist/bin/service.js',
  bff: 'dist/bin/bff.js',
  demo: 'dist/bin/demo.js',
} as const;

export type Script = keyof typeof scripts;

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** The environment of the program, in addition to PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Starts the program as the leader of a new process group, like a terminal. */
  readonly group?: boolean;
  /** A listening socket that the program receives as systemd passes one. */
  readonly socket?: HeldSocket;
}

export interface CommandOptions extends Omit<ProgramOptions, 'args'> {
  readonly folder?: string;
  /** Numeric user and group; only root can change them. */
  readonly user?: number;
}

/** Runs its arguments in place of itself, so that the process id is known. */
const WITH_SOCKET = ['/bin/sh', '-c', 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@"'] as const;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program and its output. */
export class Program {
  stdout = '';
  stderr = '';
  /** Resolves when the program has ended and its output is complete. */
  readonly ended: Promise<Ending>;
  private isRunning = true;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    private readonly group: boolean,
  ) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.notice(() => (this.stdout += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.notice(() => (this.stderr += text)));
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.notice(() => (this.isRunning = false));
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get stdoutLines(): string[] {
    return linesOf(this.stdout);
  }

  get stderrLines(): string[] {
    return linesOf(this.stderr);
  }

  /** The complete JSON lines of standard output. */
  get log(): Record<string, unknown>[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return linesOf(whole).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The log lines of requests. */
  get requests(): Record<string, unknown>[] {
    return this.log.filter((line) => 'status' in line);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.group ? -this.pid : this.pid, name);
  }

  /** Resolves with the first defined result of `found`, which is called after each output of the program. */
  async until<Found>(found: (program: this) => Found | undefined): Promise<Found> {
    for (;;) {
      const value = found(this);
      if (value !== undefined) return value;
      if (!this.isRunning) throw new Error(`It ended first.\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((noticed) => this.watchers.add(noticed));
    }
  }

  /** The ports on which the service listens. */
  listening(): Promise<{ readonly port: number; readonly managementPort: number }> {
    return this.until(({ log }) => {
      const line = log.find(({ msg }) => msg === 'listening');
      return line && { port: Number(line['port']), managementPort: Number(line['managementPort']) };
    });
  }

  private notice(change: () => void): void {
    change();
    for (const noticed of this.watchers) noticed();
    this.watchers.clear();
  }
}

/** The path, and the cache of compiled modules, which saves a fifth of the start of a program. */
function inherited(): Record<string, string | undefined> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE };
}

/** The programs of one test file, which ends all of them. */
export class Programs {
  private readonly started: Program[] = [];

  start(script: Script, { args = [], ...options }: ProgramOptions = {}): Program {
    const path = join(repository, scripts[script]);
    if (!existsSync(path)) throw new Error(`${scripts[script]} is missing: run npm run build first`);
    return this.startCommand([process.execPath, path, ...args], options);
  }

  /** Starts any command in a folder, by default the one of temporary files. */
  startCommand(
    line: readonly string[],
    { environment = {}, group = false, folder = tmpdir(), user, socket }: CommandOptions,
  ): Program {
    const [command = '', ...args] = socket === undefined ? line : [...WITH_SOCKET, ...line];
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...inherited(), ...environment },
      detached: group,
      stdio: ['ignore', 'pipe', 'pipe', socket?.fd],
      ...(user !== undefined && { uid: user, gid: user }),
    }) as ChildProcessByStdio<null, Readable, Readable>;
    const program = new Program(child, group);
    this.started.push(program);
    return program;
  }

  /** Runs a program until it ends. */
  async run(script: Script, options?: ProgramOptions): Promise<Program & { readonly code: number | null }> {
    const program = this.start(script, options);
    const { code } = await program.ended;
    return Object.assign(program, { code });
  }

  async killAll(): Promise<void> {
    for (const program of this.started) {
      try {
        program.signal('SIGKILL');
      } catch {
        // The process group has already ended.
      }
    }
    await Promise.all(this.started.map(({ ended }) => ended));
  }
}

/** A port without a listener, for programs that print their configured ports. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
