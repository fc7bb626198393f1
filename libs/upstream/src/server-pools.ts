import { BFF_CONFIG, type BffConfig, type UpstreamServer } from '@bff/config';
import { Problem } from '@bff/problems';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { buildConnector, Pool } from 'undici';
import { acceptContinue } from './interim-responses.js';

/** Margin over the deadline of a call, so that the deadline ends the call and reports the phase. */
const CONNECT_TIMEOUT_MARGIN_MS = 1_000;

/**
 * Maximum idle time of a connection that a write reuses; the server may be closing a connection that was idle
 * for longer.
 */
const WRITE_IDLE_MS = 500;

/** Time after which a connection takes no further call, so that new addresses of the server take effect. */
const CONNECTION_TTL_MS = 30_000;

/** The connection pools of one server, by the kind of call. */
export interface ServerConnections {
  /** The path of the server's URL without a slash at its end; often empty. */
  readonly basePath: string;
  /**
   * For calls that can be sent again; undici and the `Keep-Alive` of the server determine how long
   * connections are kept.
   */
  readonly reads: Pool;
  readonly writes: Pool;
  /** A new connection for each call. */
  readonly fresh: Pool;
}

/**
 * HTTP/1.1 connections to upstream servers, with separate pools for each server. A pool has one connection
 * per call in flight; the number of calls is limited per tenant.
 */
@Injectable()
export class ServerPools implements OnApplicationShutdown {
  private readonly servers = new Map<UpstreamServer, ServerConnections>();
  private readonly connect: buildConnector.connector;

  constructor(@Inject(BFF_CONFIG) { upstreamTimeoutMs }: BffConfig) {
    const connect = buildConnector({
      allowH2: false,
      timeout: upstreamTimeoutMs + CONNECT_TIMEOUT_MARGIN_MS,
    });
    this.connect = (options, callback) => {
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error === null) acceptContinue(socket);
        callback(...result);
      });
    };
  }

  /** @throws Problem `bff_upstream_unavailable` if the server has no URL */
  to(server: UpstreamServer): ServerConnections {
    let connections = this.servers.get(server);
    if (connections === undefined) {
      const url = urlOf(server);
      connections = {
        basePath: url.pathname.replace(/\/$/, ''),
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
      clientTtl: CONNECTION_TTL_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.connect,
      ...options,
    });
  }
}

/** @throws Problem `bff_upstream_unavailable` if the server has no URL */
export function urlOf({ url }: UpstreamServer): URL {
  if (url !== null) return url;
  throw new Problem('bff_upstream_unavailable', { detail: 'No URL is configured for this server.' });
}
