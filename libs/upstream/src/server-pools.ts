import { BFF_CONFIG, type BffConfig, type UpstreamServer } from '@bff/config';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';

/** Longer than the deadline of any call: it is the deadline that ends a call, and says in which phase. */
const BEYOND_THE_DEADLINE_MS = 1_000;

/**
 * Kept-alive HTTP/1.1 connections, one pool per upstream server: none is ever shared between two servers. A pool has as
 * many as calls are in flight, and those are bounded per tenant.
 */
@Injectable()
export class ServerPools implements OnApplicationShutdown {
  private readonly pools = new Map<UpstreamServer, Pool>();

  constructor(@Inject(BFF_CONFIG) private readonly config: BffConfig) {}

  to(server: UpstreamServer, url: URL): Pool {
    let pool = this.pools.get(server);
    if (pool === undefined) {
      pool = new Pool(url.origin, {
        pipelining: 1,
        allowH2: false,
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: { timeout: this.config.upstreamTimeoutMs + BEYOND_THE_DEADLINE_MS },
      });
      this.pools.set(server, pool);
    }
    return pool;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }
}
