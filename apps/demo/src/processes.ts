import { type ChildProcess, spawn } from 'node:child_process';

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

  /** @param output where its standard output goes: a file descriptor, or that of this process */
  start(script: string, environment: NodeJS.ProcessEnv, output: number | 'inherit'): void {
    const child = spawn(process.execPath, [script], {
      env: environment,
      stdio: ['ignore', output, 'inherit'],
    });
    this.track(child);
    child.on('exit', () => {
      if (!this.stopping) this.end.reject(new ProcessEndedError());
    });
  }

  /** Runs a process to its end; only its standard error is passed on. @throws ProcessEndedError when it fails */
  run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [script, ...args], {
        env: environment,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      this.track(child);
      child.on('exit', (code) => (code === 0 ? done() : fail(new ProcessEndedError())));
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

const ATTEMPTS = 1_800;
const PAUSE_MS = 100;

/** Waits until an address answers with a success. @throws Error after three minutes */
export async function waitUntilReachable(url: string): Promise<void> {
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
