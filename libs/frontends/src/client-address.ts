import { type BlockList, isIP } from 'node:net';

/**
 * The client's address: the connection's, or, where that is a trusted proxy, the rightmost address of
 * `X-Forwarded-For` that is not one. An entry that is no address ends the walk at the last one that was.
 */
export function clientAddress(
  connection: string | undefined,
  forwardedFor: string | undefined,
  trusted: BlockList,
): string {
  let address = plain(connection ?? '');
  if (forwardedFor === undefined) return address;
  const hops = forwardedFor.split(',');
  while (isTrusted(address, trusted)) {
    const hop = plain(hops.pop()?.trim() ?? '');
    if (isIP(hop) === 0) return address;
    address = hop;
  }
  return address;
}

/** IPv4 addresses arrive as `::ffff:192.0.2.1` on a listener for both families. */
function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
