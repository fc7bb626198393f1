import { loadConfig } from '@bff/config';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { ClientAddresses } from './client-addresses.js';

let warnings: string[] = [];
let now = 0;

class Warnings extends ConsoleLogger {
  override warn(message: unknown, context?: string): void {
    warnings.push(`[${context}] ${String(message)}`);
  }
}

beforeEach(() => {
  [warnings, now] = [[], 0];
  Logger.overrideLogger(new Warnings());
});
afterEach(() => {
  Logger.overrideLogger(false);
});

const from = (remoteAddress: string | undefined, forwardedFor?: string): FastifyRequest =>
  ({
    raw: { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } },
  }) as unknown as FastifyRequest;

const addresses = (trusted = ''): ClientAddresses =>
  new ClientAddresses(
    loadConfig(trusted === '' ? {} : { BFF_TRUSTED_PROXIES: trusted }, {
      wall: Date.now,
      monotonic: () => now,
    }),
  );

it('a forwarded address from an untrusted private proxy is not used, and causes one warning per hour', () => {
  const subject = addresses();
  for (let minute = 0; minute < 150; minute += 1) {
    expect(subject.of(from('10.1.2.3', '198.51.100.1'))).toBe('10.1.2.3');
    now += 60_000;
  }
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toContain('10.1.2.3');
  expect(warnings[0]).toContain('BFF_TRUSTED_PROXIES');
  expect(warnings[0]).toContain('[ClientAddresses]');
  expect(warnings.join()).not.toContain('198.51.100.1');
});

it('a second warning follows exactly one hour after the first', () => {
  const subject = addresses();
  for (const [at, count] of [
    [0, 1],
    [3_600_000 - 1, 1],
    [3_600_000, 2],
  ] as const) {
    now = at;
    subject.of(from('10.1.2.3', '198.51.100.1'));
    expect(warnings).toHaveLength(count);
  }
});

it('a closed connection has no address, and causes no warning', () => {
  expect(addresses().of(from(undefined, '198.51.100.1'))).toBe('');
  expect(warnings).toEqual([]);
});

it.each(['127.0.0.1', '::ffff:192.168.0.9', '172.31.0.1', '100.64.0.1', 'fd00::7', 'fe80::1%eth0', '::1'])(
  '%s is a private address',
  (address) => {
    addresses().of(from(address, '198.51.100.1'));
    expect(warnings).toHaveLength(1);
  },
);

it.each<[what: string, trusted: string, request: FastifyRequest]>([
  ['a public address', '', from('203.0.113.9', '198.51.100.1')],
  ['a private address without the header', '', from('10.1.2.3')],
  ['a configured proxy', '10.0.0.0/8', from('10.1.2.3', '198.51.100.1')],
  ['a private address beside a configured proxy', '192.0.2.1', from('10.1.2.3', '198.51.100.1')],
])('%s causes no warning', (_, trusted, request) => {
  addresses(trusted).of(request);
  expect(warnings).toEqual([]);
});
