import { type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { StalledWrites } from './stalled-writes.js';

/**
 * Tracks the connections of the public listener and, for each, the pending responses to accepted requests (with a complete
 * header block). Node does not expose them and counts a connection that never sent a byte as busy.
 */
@Injectable()
export class OpenConnections {
  private readonly responses = new Map<Socket, Set<ServerResponse>>();
  private server: Server | undefined;
  private phase: 'open' | 'draining' | 'closed' = 'open';

  /** Starts tracking; must be called before the server listens. */
  watch(server: Server, stalledWrites = new StalledWrites()): void {
    this.server = server;
    server.on('connection', (socket) => {
      this.responses.set(socket, new Set());
      socket.once('close', () => this.responses.delete(socket));
    });
    // Runs before the application's listener, so that the response is tracked before anything is written to it.
    server.prependListener('request', ({ socket }, response) => this.accept(socket, response));
    stalledWrites.watch(server, () => this.socketsWithResponses());
  }

  get count(): number {
    return this.responses.size;
  }

  /** Makes every further response close its connection, so that keep-alive clients reconnect to another node. */
  endAfterResponse(): void {
    this.phase = 'draining';
    for (const pending of this.responses.values()) {
      for (const response of pending) response.shouldKeepAlive = false;
    }
  }

  /**
   * Stops accepting connections and closes those without an accepted request. The others keep their time-outs.
   * @returns a promise that resolves when no connection is left
   */
  stopListening(): Promise<void> {
    this.endAfterResponse();
    this.phase = 'closed';
    const { server } = this;
    if (server === undefined) return Promise.resolve();
    const closed = new Promise<void>((done) => {
      // `http.Server.close` would also stop the header and request time-outs (Node, lib/_http_server.js).
      NetServer.prototype.close.call(server, () => done());
    });
    for (const [socket, pending] of this.responses) {
      if (pending.size === 0) socket.destroySoon();
    }
    return closed;
  }

  /** Closes the remaining connections: incomplete requests receive 408, pending responses are truncated. */
  abort(): void {
    for (const [socket, pending] of this.responses) {
      const incomplete = [...pending].some(({ req }) => !req.complete);
      if (incomplete) this.server?.emit('clientError', REQUEST_TIMEOUT, socket);
      if (socket.writableEnded) socket.destroySoon();
      else socket.destroy();
    }
  }

  private accept(socket: Socket, response: ServerResponse): void {
    const pending = this.responses.get(socket);
    if (pending === undefined) return;
    pending.add(response);
    if (this.phase !== 'open') response.shouldKeepAlive = false;
    response.once('close', () => {
      pending.delete(response);
      // The header block may have announced keep-alive before the phase changed.
      if (this.phase === 'closed' && pending.size === 0) socket.destroySoon();
    });
  }

  private *socketsWithResponses(): Iterable<Socket> {
    for (const [socket, pending] of this.responses) {
      if (pending.size > 0) yield socket;
    }
  }
}

const REQUEST_TIMEOUT = Object.assign(new Error('The node shuts down'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
