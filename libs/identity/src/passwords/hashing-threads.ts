import { extname } from 'node:path';
import { type Options } from '@node-rs/argon2';
import { Piscina } from 'piscina';
import type * as worker from './hashing-worker.js';

/** Hashes that run at once. */
export const HASHING_THREADS = 2;

/** How much nicer than the event loop the threads are (nice(2)): a core that both want goes to the event loop first. */
const NICE_INCREMENT = 10;

/** Milliseconds without work after which a thread ends. */
const IDLE_TIMEOUT_MS = 60_000;

/** Beside this file, compiled or as source. */
const workerFile = new URL(`./hashing-worker${extname(import.meta.url)}`, import.meta.url);

/** Threads of their own, because DNS lookups and files share the four of libuv. They belong to the process. */
const threads = new Piscina({
  filename: workerFile.href,
  minThreads: 0,
  maxThreads: HASHING_THREADS,
  idleTimeout: IDLE_TIMEOUT_MS,
  niceIncrement: NICE_INCREMENT,
});

export const hash = (password: string, parameters: Options): Promise<string> =>
  run('computeHash', { password, parameters });

export const verify = (hash: string, password: string): Promise<boolean> =>
  run('compareHash', { hash, password });

async function run<Name extends keyof typeof worker>(
  name: Name,
  work: Parameters<(typeof worker)[Name]>[0],
): Promise<ReturnType<(typeof worker)[Name]>> {
  return (await threads.run(work, { name })) as ReturnType<(typeof worker)[Name]>;
}
