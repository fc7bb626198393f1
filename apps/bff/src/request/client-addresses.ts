import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { clientAddress } from '@bff/frontends';
import { Inject, Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

/** Where a request comes from, by the configured proxies and nobody else's word. */
@Injectable()
export class ClientAddresses {
  constructor(@Inject(BFF_CONFIG) private readonly config: BffConfig) {}

  of({ raw: { socket, headers } }: FastifyRequest): string {
    const forwardedFor = headers['x-forwarded-for']?.toString();
    return clientAddress(socket.remoteAddress, forwardedFor, this.config.trustedProxies);
  }
}
