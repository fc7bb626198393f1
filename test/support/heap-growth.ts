import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** @returns the growth of the heap by the work, in MiB; 0 if the heap shrinks */
export async function heapGrowthMiB(work: () => Promise<void> | void): Promise<number> {
  const before = usedBytes();
  await work();
  return Math.max(0, usedBytes() - before) / 1024 / 1024;
}

function usedBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A flat string of 15 KB, like a received header, different for each number. */
export function longText(number: number): string {
  return Buffer.alloc(15_000, `${number} Mozilla/5.0 (X11; Linux x86_64) `).toString('latin1');
}
