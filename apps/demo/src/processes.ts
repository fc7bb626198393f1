import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** One of the processes ended; it has said why itself. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError';
}

/** Child processes that live and die together. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private stopping = false;
  private readonly end = Promise.withResolvers<never>();

  /** Rejects when a process ends although nobody asked it to; it has said why. */
  get ended(): Promise<never> {
    return this.end.promise;
  }

  start(script: string, environment: NodeJS.ProcessEnv): void {
    const child = spawn(process.execPath, [script], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.track(child);
    child.on('exit', () => {
      if (!this.stopping) this.end.reject(new ProcessEndedError());
    });
  }

  /** Runs a process to its end; its output is passed on only when it fails. */
  run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [script, ...args], {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      this.track(child);
      child.stdout.resume();
      child.on('exit', (code) => (code === 0 ? done() : fail(new Error(`${args.join(' ')} failed`))));
    });
  }

  private track(child: ChildProcess): void {
    this.running.add(child);
    child.on('exit', () => this.running.delete(child));
  }

  /** Asks every process to end and waits until all have. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = [...this.running].map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of this.running) child.kill('SIGTERM');
    await Promise.all(ends);
  }
}

/** @throws Error when somebody listens there: who starts nevertheless would take that one's answers for its own */
export async function assertFree(port: number, variable: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', () =>
      fail(new Error(`127.0.0.1:${port} is already in use; ${variable} chooses another port`)),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => done()));
  });
}

const ATTEMPTS = 600;
const PAUSE_MS = 100;

/** Waits until an address answers with a success. @throws Error after a minute */
export async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new Error(`${url} does not answer`);
}
