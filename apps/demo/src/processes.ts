import { type ChildProcess, spawn } from 'node:child_process';

/** Child processes that live and die together. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private stopping = false;

  /** @param onExit is told when the process ends although nobody asked it to */
  start(script: string, environment: NodeJS.ProcessEnv, onExit: (code: number | null) => void): void {
    const child = spawn(process.execPath, [script], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.running.add(child);
    child.on('exit', (code) => {
      this.running.delete(child);
      if (!this.stopping) onExit(code);
    });
  }

  /** Runs a process to its end; its output is passed on only when it fails. */
  run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [script, ...args], {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.resume();
      child.on('exit', (code) => (code === 0 ? done() : fail(new Error(`${args.join(' ')} failed`))));
    });
  }

  /** Asks every process to end and waits until all have. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = [...this.running].map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of this.running) child.kill('SIGTERM');
    await Promise.all(ends);
  }
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
