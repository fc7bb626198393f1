import { expect, it } from '@jest/globals';
import { keptAddress } from './log-addresses.js';

it.each([
  ['198.51.100.7', '198.51.100.7', '198.51.100.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['2001:0DB8:0001::6', '2001:0DB8:0001::6', '2001:db8:1::'],
  ['2001:db8::6', '2001:db8::6', '2001:db8:0::'],
  ['::1', '::1', '::'],
  ['64:ff9b::198.51.100.7', '64:ff9b::198.51.100.7', '64:ff9b:0::'],
  ['fe80::1%eth0', 'fe80::1%eth0', 'fe80:0:0::'],
])('the address %s is logged as %s, truncated as %s, or not at all', (address, full, truncated) => {
  expect(keptAddress(address, 'full')).toBe(full);
  expect(keptAddress(address, 'truncated')).toBe(truncated);
  expect(keptAddress(address, 'none')).toBeNull();
});

it.each([null, '', 'unknown', '198.51.100.7:51842'])(
  '%j is not an address and is never logged',
  (address) => {
    expect(keptAddress(address, 'full')).toBeNull();
  },
);
