import { isIP } from 'node:net';

/** The forms of client addresses in the log and in audit events (docs/contract.md section 8). */
export const LOG_ADDRESSES = ['full', 'truncated', 'none'] as const;
export type LogAddresses = (typeof LOG_ADDRESSES)[number];

/**
 * Returns a client address in the configured form: complete, as the first address of its /24 (IPv4) or /48
 * (IPv6), or null.
 * @param address canonical; empty if it is unknown
 */
export function shownAddress(address: string, mode: LogAddresses): string | null {
  if (address === '' || mode === 'none') return null;
  if (mode === 'full') return address;
  return address.includes(':') ? prefix48(address) : `${address.slice(0, address.lastIndexOf('.'))}.0`;
}

/** Returns the address as {@link shownAddress} does, as a new string: a slice would keep a long header in memory. */
export function keptAddress(address: string | null, mode: LogAddresses): string | null {
  const shown = address === null || isIP(address) === 0 ? null : shownAddress(address, mode);
  if (shown === null) return null;
  const separator = shown.includes(':') ? ':' : '.';
  return shown.split(separator).join(separator);
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
