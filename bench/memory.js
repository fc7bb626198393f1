import { readFileSync } from 'node:fs';

/** The resident set of a process, in MiB. */
export function residentMiB(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}
