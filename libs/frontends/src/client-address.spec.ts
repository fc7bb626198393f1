import { loadConfig } from '@bff/config';
import { expect, it } from '@jest/globals';
import { clientAddress } from './client-address.js';

const { trustedProxies } = loadConfig({ BFF_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7, fd00::/8' });
const noProxies = loadConfig({}).trustedProxies;

it.each<[what: string, connection: string | undefined, forwardedFor: string | undefined, address: string]>([
  ['a direct client', '203.0.113.9', undefined, '203.0.113.9'],
  ['a direct client that forges the header', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a client behind one proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['a client behind two proxies', '10.0.0.1', '198.51.100.1, 192.0.2.7', '198.51.100.1'],
  ['a forged entry on the left', '10.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
  ['a client with a port', '10.0.0.1', '198.51.100.7:51842', '198.51.100.7'],
  ['an IPv6 client with a port', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
  ['an IPv6 client in brackets', '10.0.0.1', '[2001:db8::1]', '2001:db8::1'],
  ['a proxy with a port', '10.0.0.1', '198.51.100.1, 10.0.0.2:80', '198.51.100.1'],
  ['an IPv6 client spelled out', '10.0.0.1', '2001:DB8:0:0:0:0:0:5', '2001:db8::5'],
  ['an IPv4 client in IPv6 spelling', '10.0.0.1', '::ffff:c633:6407', '198.51.100.7'],
  ['an IPv6 client whose prefix resembles that of IPv4', '10.0.0.1', '::ffff:1:2:3', '::ffff:1:2:3'],
  ['an IPv4 proxy in IPv6 spelling', '::ffff:a00:1', '198.51.100.1, [::FFFF:10.0.0.2]:1', '198.51.100.1'],
  ['a repeated header, which arrives joined', '10.0.0.1', '198.51.100.1,10.0.0.2, 10.0.0.3', '198.51.100.1'],
  ['a proxy that sends an empty header', '10.0.0.1', '', '10.0.0.1'],
  ['an empty entry at the end', '10.0.0.1', '198.51.100.1,', '10.0.0.1'],
  ['an empty entry behind a proxy', '10.0.0.1', '198.51.100.1, , 10.0.0.2', '10.0.0.1'],
  ['an entry that is not an address behind a proxy', '10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.1'],
  ['an entry that is not an address before the client', '10.0.0.1', 'unknown, 198.51.100.1', '198.51.100.1'],
  ['an entry with an invalid port', '10.0.0.1', '198.51.100.1:port', '10.0.0.1'],
  ['the leftmost of trusted proxies', '10.0.0.1', '10.0.0.9, 192.0.2.7', '10.0.0.9'],
  ['a proxy without the header', '10.0.0.1', undefined, '10.0.0.1'],
  ['a single entry that is not an address', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['only trusted proxies', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
  ['an IPv4 connection on an IPv6 listener', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['a connection that is already closed', undefined, '198.51.100.1', ''],
  ['an IPv6 proxy', 'fd00::1', '2001:db8::5', '2001:db8::5'],
])('clientAddress returns the expected address for %s (PRX-08)', (_, connection, forwardedFor, address) => {
  expect(clientAddress(connection, forwardedFor, trustedProxies)).toBe(address);
});

it('X-Forwarded-For is not read without trusted proxies', () => {
  expect(clientAddress('10.0.0.1', '198.51.100.1', noProxies)).toBe('10.0.0.1');
});
