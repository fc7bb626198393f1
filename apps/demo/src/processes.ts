import { type ChildProcess, spawn } from 'node:child_process';

/** A child process ended unexpectedly; it has printed the reason itself. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError';
}

/** Child processes that are stopped together. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private stopping = false;
  private readonly end = Promise.withResolvers<never>();

  /** Rejects with a ProcessEndedError when a process ends without having been stopped. */
  get ended(): Promise<never> {
    return this.end.promise;
  }

  /** @param output the target of standard output: a file descriptor, or `inherit` for that of this process */
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

  /**
   * Runs a process to completion; only its standard error is inherited.
   * @throws ProcessEndedError if the exit code is not 0
   */
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

  /** Sends SIGTERM to every process and waits until all have exited. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = [...this.running].map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of this.running) child.kill('SIGTERM');
    await Promise.all(ends);
  }
}

const ATTEMPTS = 1_800;
const PAUSE_MS = 100;

/**
 * Polls a URL until it responds with a success.
 * @throws Error after three minutes
 */
export async function waitUntilReachable(url: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new Error(`${url} does not respond`);
}
