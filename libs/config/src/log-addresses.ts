import { isIP } from 'node:net';

/** The forms of client addresses in the log and in audit events (docs/contract.md section 8). */
export const LOG_ADDRESSES = ['full', 'truncated', 'none'] as const;
export type LogAddresses = (typeof LOG_ADDRESSES)[number];

/**
 * Returns a client address in the configured form: complete, as the first address of its /24 (IPv4) or /48
 * (IPv6), or null. The result is always a new string, because a slice would keep a long header in memory.
 */
export function keptAddress(address: string | null, mode: LogAddresses): string | null {
  const family = address === null ? 0 : isIP(address);
  if (address === null || family === 0 || mode === 'none') return null;
  if (family === 6) return mode === 'full' ? address.split(':').join(':') : prefix48(address);
  const parts = address.split('.');
  return mode === 'full' ? parts.join('.') : `${parts.slice(0, 3).join('.')}.0`;
}

function prefix48(address: string): string {
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const prefix = groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return prefix.every((group) => group === '0') ? '::' : `${prefix.join(':')}::`;
}

/** Splits into groups; an embedded IPv4 address counts as two. */
function groupsOf(text: string): readonly string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
