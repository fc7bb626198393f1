import { isIPv4, isIPv6 } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;
const MAPPED_IPV4_PREFIX = '0:0:0:0:0:ffff';

/**
 * Returns the network by which attempt limits count an address (docs/contract.md section 4): an IPv4 address
 * itself, the /64 of an IPv6 address, because a subscriber usually has a whole /64. All notations of an
 * address give the same network.
 * @returns the input unchanged if it is not an address
 */
export function networkOf(address: string): string {
  const [withoutZone = ''] = address.split('%', 1);
  if (isIPv4(withoutZone) || !isIPv6(withoutZone)) return withoutZone;
  const groups = groupsOf(withoutZone);
  if (groups.slice(0, 6).join(':') === MAPPED_IPV4_PREFIX) return ipv4Of(groups.slice(6));
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** Returns the eight groups in hexadecimal without leading zeros. @param address valid, without a zone */
function groupsOf(address: string): readonly string[] {
  // The URL parser normalises the notation (RFC 5952), with an embedded IPv4 address in hexadecimal.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = split(head);
  if (tail === undefined) return before;
  const after = split(tail);
  const zeros = new Array<string>(GROUPS - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after];
}

function split(groups: string): readonly string[] {
  return groups === '' ? [] : groups.split(':');
}

function ipv4Of(groups: readonly string[]): string {
  const octets = groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  return octets.join('.');
}
