import { type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { quietTurn } from './quiet-turn.js';
import { StalledWrites } from './stalled-writes.js';

/**
 * Time, in milliseconds, in which the first request of a connection may arrive when the listener closes: proxies open a connection
 * for a request that they are about to send.
 */
const FIRST_REQUEST_MS = 500;

interface Connection {
  readonly openedAt: number;
  /** Usually at most one: only clients that pipeline requests have more. */
  readonly pending: ServerResponse[];
  hadRequest: boolean;
}

/**
 * Tracks the connections of the public listener and, for each, the pending responses to accepted requests (with a complete
 * header block). Node does not expose them and counts a connection that never sent a byte as busy.
 */
@Injectable()
export class OpenConnections {
  private readonly connections = new Map<Socket, Connection>();
  private server: Server | undefined;
  private phase: 'open' | 'draining' | 'closed' = 'open';

  /** Starts tracking; must be called before the server listens. */
  watch(server: Server, stalledWrites = new StalledWrites()): void {
    this.server = server;
    server.on('connection', (socket) => {
      this.connections.set(socket, { openedAt: performance.now(), pending: [], hadRequest: false });
      socket.once('close', () => this.connections.delete(socket));
    });
    // Runs before the application's listener, so that the response is tracked before anything is written to it.
    server.prependListener('request', ({ socket }, response) => this.accept(socket, response));
    stalledWrites.watch(server, () => this.socketsWithResponses());
  }

  get count(): number {
    return this.connections.size;
  }

  /** Makes every further response close its connection, so that keep-alive clients reconnect to another node. */
  endAfterResponse(): void {
    this.phase = 'draining';
    for (const { pending } of this.connections.values()) {
      for (const response of pending) response.shouldKeepAlive = false;
    }
  }

  /**
   * Stops accepting connections and closes those without an accepted request. A connection that was just opened may still send
   * its first one. The others keep their time-outs.
   * @returns a promise that resolves when no connection is left
   */
  async stopListening(): Promise<void> {
    this.endAfterResponse();
    const { server } = this;
    if (server === undefined) return;
    await quietTurn();
    this.phase = 'closed';
    const closed = new Promise<void>((done) => {
      // `http.Server.close` would also stop the header and request time-outs (Node, lib/_http_server.js).
      NetServer.prototype.close.call(server, () => done());
    });
    for (const [socket, connection] of this.connections) closeUnlessBusy(socket, connection);
    await closed;
  }

  /** Closes the remaining connections: incomplete requests receive 408, pending responses are truncated. */
  abort(): void {
    for (const [socket, { pending }] of this.connections) {
      const incomplete = pending.some(({ req }) => !req.complete);
      if (incomplete) this.server?.emit('clientError', REQUEST_TIMEOUT, socket);
      if (socket.writableEnded) socket.destroySoon();
      else socket.destroy();
    }
  }

  private accept(socket: Socket, response: ServerResponse): void {
    const connection = this.connections.get(socket);
    if (connection === undefined) return;
    const { pending } = connection;
    connection.hadRequest = true;
    pending.push(response);
    if (this.phase !== 'open') response.shouldKeepAlive = false;
    // It is emitted once, and `once` costs several times as much as `on`.
    response.on('close', () => {
      pending.splice(pending.indexOf(response), 1);
      // The header block may have announced keep-alive before the phase changed.
      if (this.phase === 'closed' && pending.length === 0) socket.destroySoon();
    });
  }

  private *socketsWithResponses(): Iterable<Socket> {
    for (const [socket, { pending }] of this.connections) {
      if (pending.length > 0) yield socket;
    }
  }
}

function closeUnlessBusy(socket: Socket, { openedAt, pending, hadRequest }: Connection): void {
  if (pending.length > 0) return;
  const waitMs = hadRequest ? 0 : openedAt + FIRST_REQUEST_MS - performance.now();
  if (waitMs <= 0) return socket.destroySoon();
  const close = (): void => void (pending.length === 0 && socket.destroySoon());
  setTimeout(close, waitMs).unref();
}

const REQUEST_TIMEOUT = Object.assign(new Error('The node shuts down'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
