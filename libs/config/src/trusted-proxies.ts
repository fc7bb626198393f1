import { BlockList, isIP } from 'node:net';
import { type EnvironmentReader } from './environment-reader.js';

/** Reads `BFF_TRUSTED_PROXIES`, a list of CIDR ranges and addresses. */
export function readTrustedProxies(reader: EnvironmentReader): BlockList {
  const list = new BlockList();
  for (const range of (reader.text('BFF_TRUSTED_PROXIES') ?? '').split(',').map((entry) => entry.trim())) {
    if (range === '') continue;
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = family === 'ipv6' ? 128 : 32;
    const length = prefix === undefined ? bits : Number(/^\d{1,3}$/.test(prefix) ? prefix : NaN);
    if (isIP(address) === 0 || !(length <= bits)) {
      reader.problems.push(`BFF_TRUSTED_PROXIES: ${range} is not a CIDR range`);
    } else if (containsEveryAddress(address, length, family)) {
      reader.problems.push(
        `BFF_TRUSTED_PROXIES: ${range} contains every address, so that any client could forge its own with ` +
          'X-Forwarded-For; list only the ranges of the proxies',
      );
    } else list.addSubnet(address, length, family);
  }
  return list;
}

/** Whether a range contains the first and the last address of IPv4 (IPv4-mapped IPv6 included) or of IPv6. */
function containsEveryAddress(address: string, prefix: number, family: 'ipv4' | 'ipv6'): boolean {
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  const [ipv4Ends, ipv6Ends] = [
    ['::ffff:0.0.0.0', '::ffff:255.255.255.255'],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ];
  return [ipv4Ends, ipv6Ends].some((ends) => ends?.every((end) => range.check(end, 'ipv6')));
}
