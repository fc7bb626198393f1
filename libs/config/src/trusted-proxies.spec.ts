import { expect, it } from '@jest/globals';
import { problemsOf } from './bff-config.fixture.js';
import { type EnvironmentVariables } from './environment-reader.js';

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'a proxy that is not a range',
    { BFF_TRUSTED_PROXIES: '10.0.0.0/8,proxy' },
    'BFF_TRUSTED_PROXIES: proxy is not a CIDR range',
  ],
  [
    'a prefix that is too long',
    { BFF_TRUSTED_PROXIES: '10.0.0.0/33' },
    'BFF_TRUSTED_PROXIES: 10.0.0.0/33 is not a CIDR range',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});

it.each(['0.0.0.0/0', '10.1.2.3/0', '::/0', '2001:db8::1/0', '::ffff:0:0/96', '::/64'])(
  'the trusted proxy range %s, which contains every address, is rejected (PRX-08)',
  (range) => {
    expect(problemsOf({ BFF_TRUSTED_PROXIES: `10.0.0.0/8, ${range}` })).toEqual([
      `BFF_TRUSTED_PROXIES: ${range} contains every address, so that any client could forge its own with X-Forwarded-For; list only the ranges of the proxies`,
    ]);
  },
);

it.each(['0.0.0.0/1', '128.0.0.0/1', '::1', 'fc00::/7', '::ffff:10.0.0.0/104'])(
  'the trusted proxy range %s is accepted',
  (range) => {
    expect(problemsOf({ BFF_TRUSTED_PROXIES: range })).toEqual([]);
  },
);
