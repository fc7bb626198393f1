import { extname } from 'node:path';
import { type Options } from '@node-rs/argon2';
import { Piscina } from 'piscina';
import type * as worker from './hashing-worker.js';

/** Maximum number of concurrent hashes. */
export const HASHING_THREADS = 2;

/** Added to the nice value of the threads (nice(2)), so that the event loop gets a contended core first. */
const NICE_INCREMENT = 10;

/** Milliseconds without work after which a thread ends. */
const IDLE_TIMEOUT_MS = 60_000;

/** The sibling file, compiled or as source. */
const workerFile = new URL(`./hashing-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * One pool for the process, separate from the four threads of libuv, which DNS lookups and file access need.
 */
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
