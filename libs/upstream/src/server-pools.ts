import { BFF_CONFIG, type BffConfig, type UpstreamServer } from '@bff/config';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { buildConnector, Pool } from 'undici';
import { acceptContinue } from './interim-answers.js';

/** Longer than the deadline of any call: it is the deadline that ends a call, and says in which phase. */
const BEYOND_THE_DEADLINE_MS = 1_000;

/** Longest time for which a connection was idle when a write goes out on it: a server may be closing an older one. */
const WRITE_IDLE_MS = 500;

/** The connections to one server, by what may be sent on them. */
export interface ServerConnections {
  /** For calls that can be sent again: connections stay as long as undici and the server's `Keep-Alive` keep them. */
  readonly reads: Pool;
  readonly writes: Pool;
  /** A new connection for each call. */
  readonly fresh: Pool;
}

/**
 * HTTP/1.1 connections to upstream servers: none is ever shared between two servers. A pool has as many as calls are in
 * flight, and those are bounded per tenant.
 */
@Injectable()
export class ServerPools implements OnApplicationShutdown {
  private readonly servers = new Map<UpstreamServer, ServerConnections>();
  private readonly connect: buildConnector.connector;

  constructor(@Inject(BFF_CONFIG) { upstreamTimeoutMs }: BffConfig) {
    const connect = buildConnector({ allowH2: false, timeout: upstreamTimeoutMs + BEYOND_THE_DEADLINE_MS });
    this.connect = (options, callback) => {
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error === null) acceptContinue(socket);
        callback(...result);
      });
    };
  }

  to(server: UpstreamServer, url: URL): ServerConnections {
    let connections = this.servers.get(server);
    if (connections === undefined) {
      connections = {
        reads: this.pool(url, {}),
        writes: this.pool(url, { keepAliveTimeout: WRITE_IDLE_MS, keepAliveMaxTimeout: WRITE_IDLE_MS }),
        fresh: this.pool(url, { pipelining: 0 }),
      };
      this.servers.set(server, connections);
    }
    return connections;
  }

  async onApplicationShutdown(): Promise<void> {
    const pools = [...this.servers.values()].flatMap(({ reads, writes, fresh }) => [reads, writes, fresh]);
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private pool(url: URL, options: Pool.Options): Pool {
    return new Pool(url.origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.connect,
      ...options,
    });
  }
}
