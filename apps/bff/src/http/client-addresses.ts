import { BlockList, isIPv6 } from 'node:net';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { clientAddress } from '@bff/frontends';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

const logger = new Logger('ClientAddresses');

/** Minimum interval between two warnings about an untrusted proxy. */
const WARNING_INTERVAL_MS = 60 * 60_000;

/** Determines client addresses; only configured proxies may forward them. */
@Injectable()
export class ClientAddresses {
  private readonly hasTrustedProxies: boolean;
  private warnedAt = -Infinity;

  constructor(@Inject(BFF_CONFIG) private readonly config: BffConfig) {
    this.hasTrustedProxies = config.trustedProxies.rules.length > 0;
  }

  of({ raw: { socket, headers } }: FastifyRequest): string {
    const forwardedFor = headers['x-forwarded-for']?.toString();
    const address = clientAddress(socket.remoteAddress, forwardedFor, this.config.trustedProxies);
    if (forwardedFor !== undefined && !this.hasTrustedProxies && isPrivate(address)) this.warn(address);
    return address;
  }

  /** Behind an untrusted proxy all clients share one address and its attempt limits. */
  private warn(proxy: string): void {
    const now = this.config.monotonic();
    if (now - this.warnedAt < WARNING_INTERVAL_MS) return;
    this.warnedAt = now;
    logger.warn(
      `X-Forwarded-For received from the private address ${proxy}, but no proxy is trusted: ` +
        'set BFF_TRUSTED_PROXIES to the addresses of your proxies',
    );
  }
}

/** Includes loopback: a proxy on this host connects from there, and other local clients do not send the header. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
