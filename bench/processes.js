import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange } from './http.js';

const GRACE_MS = 5_000;
const running = new Set();

/** Sees to it that a process does not outlive the run. */
export function track(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** The processes and the throw-away directory of one run: nothing of them is left, however the run ends. */
export class Workshop {
  directory = mkdtempSync(join(tmpdir(), 'bff-bench-'));
  closed = false;
  interrupted = false;

  constructor() {
    process.on('exit', () => this.#clearAway());
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ]) {
      // npm sends Ctrl-C on, so that it comes twice.
      process.on(signal, () => {
        this.interrupted = true;
        void this.close().then(() => process.exit(code));
      });
    }
  }

  path(...parts) {
    return join(this.directory, ...parts);
  }

  /** The log file of a process; appended to, so that it can be emptied while it is written. */
  logOf(name) {
    return this.path(`${name}.log`);
  }

  /**
   * Starts a process of the run; nothing of the caller's environment but the path reaches it.
   * @param account `uid` and `gid` of the process, where they are not those of the run
   */
  start(name, command, args, environment = {}, account = {}) {
    if (this.closed) throw new Error('The run has ended');
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(command, args, {
      cwd: this.directory,
      env: { PATH: process.env.PATH, TMPDIR: this.directory, NODE_ENV: 'production', ...environment },
      stdio: ['ignore', log, log],
      ...account,
    });
    closeSync(log);
    return track(child);
  }

  /** Runs a process to its end. @throws Error with what it said, when it fails */
  async run(name, command, args, environment) {
    const [code] = await once(this.start(name, command, args, environment), 'exit');
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${this.#tail(name)}`);
  }

  /** Waits until a process answers, and with less than 500. @throws Error when it ends before or takes half a minute */
  async answering(name, child, url) {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (child.exitCode !== null) break;
      const status = await exchange(url).then(
        (answer) => answer.status,
        () => 503,
      );
      if (status < 500) return;
      await pause(100);
    }
    throw new Error(`${name} does not answer: ${this.#tail(name)}`);
  }

  async close() {
    this.closed = true;
    const children = [...running];
    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.kill('SIGTERM');
    const late = pause(GRACE_MS, undefined, { ref: false }).then(() =>
      children.map((child) => child.kill('SIGKILL')),
    );
    await Promise.race([Promise.all(ends), late]);
    this.#clearAway();
  }

  #clearAway() {
    // SIGTERM: an nginx master that is killed hard leaves its worker behind.
    for (const child of running) child.kill('SIGTERM');
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #tail(name) {
    return readFileSync(this.logOf(name), 'utf8').slice(-2_000).trim();
  }
}

/** Ends processes and waits until they have ended. */
export async function endAll(children) {
  const ends = children.map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(ends);
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
