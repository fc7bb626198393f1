import { expect, it } from '@jest/globals';
import { problemsOf } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';

it('idle connections are kept for 75 s and a drain takes 5 s unless configured', () => {
  expect(loadConfig({})).toMatchObject({
    ...{ keepAliveMs: 75_000, drainMs: 5_000 },
    requestTimeouts: { headersMs: 10_000, wholeMs: 30_000, checkMs: 1_000 },
  });
  expect(loadConfig({ BFF_KEEP_ALIVE_SECONDS: '3600', BFF_DRAIN_SECONDS: '0' })).toMatchObject({
    ...{ keepAliveMs: 3_600_000, drainMs: 0 },
  });
});

it.each([
  ['BFF_KEEP_ALIVE_SECONDS', '4', 'from 5 to 3600'],
  ['BFF_KEEP_ALIVE_SECONDS', '3601', 'from 5 to 3600'],
  ['BFF_DRAIN_SECONDS', '61', 'from 0 to 60'],
  ['BFF_DRAIN_SECONDS', '1.5', 'from 0 to 60'],
])('rejects %s=%s', (name, value, bounds) => {
  expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name}: .*${bounds}$`)]);
});

it.each([
  ['[::1]', '::1'],
  ['::1', '::1'],
  ['[::]', '::'],
  ['0.0.0.0', '0.0.0.0'],
  ['bff.internal', 'bff.internal'],
  ['localhost', '127.0.0.1'],
])('listens for the host %s at %s', (text, host) => {
  const { public: listener, management } = loadConfig({ BFF_HOST: text, BFF_MANAGEMENT_HOST: text });
  expect([listener.host, management.host]).toEqual([host, host]);
});

it.each(['[::1', '[127.0.0.1]', '::1]:3000', '127.0.0.1:3000', 'http://localhost', 'a b'])(
  'rejects %j as a host',
  (text) => {
    expect(problemsOf({ BFF_HOST: text })).toEqual([
      expect.stringMatching(/^BFF_HOST: must be an IP address/),
    ]);
  },
);

it('listens on the socket that systemd passes to this process', () => {
  const passed = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1' };
  expect(loadConfig(passed).public.fd).toBe(3);
  expect(loadConfig({ ...passed, LISTEN_PID: String(process.ppid) }).public.fd).toBeUndefined();
  expect(loadConfig({}).public.fd).toBeUndefined();
});

it.each(['0', '2', 'x', ''])(
  'rejects LISTEN_FDS=%j, because only the public listener takes a socket',
  (count) => {
    expect(problemsOf({ LISTEN_PID: String(process.pid), LISTEN_FDS: count })).toEqual([
      'LISTEN_FDS: must be 1, the socket of the public listener',
    ]);
  },
);
