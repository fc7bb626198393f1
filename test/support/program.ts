import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';

export const repository = join(import.meta.dirname, '..', '..');

/** What `npm run build` makes, by the name a test calls it. */
const scripts = {
  service: 'dist/apps/bff/src/main.js',
  bff: 'dist/apps/bff/src/cli/main.js',
  demo: 'dist/apps/demo/src/main.js',
} as const;

export type Script = keyof typeof scripts;

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** All that the program sees of an environment, but for PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** As a terminal starts it: the leader of a process group of its own. */
  readonly group?: boolean;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One running built program and everything it has said. */
export class Program {
  stdout = '';
  stderr = '';
  /** When it has ended and said its last word. */
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

  /** Standard output as the JSON lines that it consists of; a half line is not one yet. */
  get log(): Record<string, unknown>[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return linesOf(whole).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The log's lines that are about a request. */
  get requests(): Record<string, unknown>[] {
    return this.log.filter((line) => 'status' in line);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.group ? -this.pid : this.pid, name);
  }

  /** What `found` gives as soon as it gives something; it is asked whenever the program says something. */
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

/** The programs of one test file; none outlives it. */
export class Programs {
  private readonly started: Program[] = [];

  start(script: Script, { args = [], environment = {}, group = false }: ProgramOptions = {}): Program {
    const path = join(repository, scripts[script]);
    if (!existsSync(path)) throw new Error(`${scripts[script]} is missing: run npm run build first`);
    const child = spawn(process.execPath, [path, ...args], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], ...environment },
      detached: group,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child, group);
    this.started.push(program);
    return program;
  }

  /** Runs a program to its end. */
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
        // It has ended already.
      }
    }
    await Promise.all(this.started.map(({ ended }) => ended));
  }
}

/** A port that nothing listens on, for programs whose ports stand in what they print. */
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
