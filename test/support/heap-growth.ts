import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How much the work leaves on the heap, in MiB; 0 where it leaves less than it found. */
export async function heapGrowthMiB(work: () => Promise<void> | void): Promise<number> {
  const before = usedBytes();
  await work();
  return Math.max(0, usedBytes() - before) / 1024 / 1024;
}

function usedBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** 15 KB of text in one piece, as a header arrives, different for each number. */
export function longText(number: number): string {
  return Buffer.alloc(15_000, `${number} Mozilla/5.0 (X11; Linux x86_64) `).toString('latin1');
}
