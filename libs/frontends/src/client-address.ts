import { type BlockList, isIP, SocketAddress } from 'node:net';

/**
 * Returns the address of the client: that of the connection or, if that is a trusted proxy, the rightmost
 * address of `X-Forwarded-For` that is not trusted (docs/contract.md section 3). If all are trusted, it is
 * the leftmost; if an entry before it, from the right, is not an address, it is that of the connection.
 * Entries further left can be forged by the client and are not read.
 */
export function clientAddress(
  connection: string | undefined,
  forwardedFor: string | undefined,
  trusted: BlockList,
): string {
  const direct = canonical(connection ?? '') ?? '';
  if (forwardedFor === undefined || !isTrusted(direct, trusted)) return direct;
  let address = direct;
  for (const entry of forwardedFor.split(',').reverse()) {
    const hop = addressIn(entry.trim());
    if (hop === undefined) return direct;
    address = hop;
    if (!isTrusted(hop, trusted)) break;
  }
  return address;
}

/**
 * Formats with a port or brackets, which some load balancers use: `192.0.2.1:4711`, `[2001:db8::1]:4711`,
 * `[2001:db8::1]`.
 */
const WITH_PORT_OR_BRACKETS = /^(?:([\d.]+)|\[([\dA-Fa-f:.]+)\])(?::\d{1,5})?$/;

function addressIn(entry: string): string | undefined {
  const [, ipv4, ipv6] = WITH_PORT_OR_BRACKETS.exec(entry) ?? [];
  return canonical(ipv4 ?? ipv6 ?? entry);
}

/**
 * Returns the canonical form of an address, so that limits count it once: IPv6 as in RFC 5952, and
 * IPv4-mapped IPv6 addresses of a dual-stack listener (`::ffff:192.0.2.1`) as IPv4.
 * @returns undefined if the text is not an address
 */
function canonical(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family === 0) return undefined;
  // A zone (`fe80::1%eth0`) is not part of the address.
  const [withoutZone = ''] = text.split('%', 1);
  const { address } = new SocketAddress({ address: withoutZone, family: 'ipv6' });
  return address.startsWith(MAPPED) && isIP(address.slice(MAPPED.length)) === 4
    ? address.slice(MAPPED.length)
    : address;
}

const MAPPED = '::ffff:';

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
