import { type Server } from 'node:http';
import { type Socket } from 'node:net';

interface Limits {
  /** How long a write may make no progress. */
  readonly stallMs: number;
  readonly checkMs: number;
}

const LIMITS: Limits = { stallMs: 30_000, checkMs: 1_000 };

interface Progress {
  readonly queuedBytes: number;
  readonly since: number;
}

/**
 * Destroys connections whose client does not read: they would hold the response's bytes for ever
 * (docs/security-requirements.md RES-14). One timer for all connections, so that a response which the kernel
 * takes at once costs nothing.
 */
export class StalledWrites {
  private progress = new Map<Socket, Progress>();

  constructor(private readonly limits: Limits = LIMITS) {}

  /** @param writing the connections that a response is being written to */
  watch(server: Server, writing: () => Iterable<Socket>): void {
    const timer = setInterval(() => this.check(writing()), this.limits.checkMs);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  private check(writing: Iterable<Socket>): void {
    const now = performance.now();
    const progress = new Map<Socket, Progress>();
    for (const socket of writing) {
      const queuedBytes = queuedBytesOf(socket);
      if (queuedBytes === 0) continue;
      const previous = this.progress.get(socket);
      if (previous?.queuedBytes !== queuedBytes) progress.set(socket, { queuedBytes, since: now });
      else if (now - previous.since < this.limits.stallMs) progress.set(socket, previous);
      else socket.destroy();
    }
    this.progress = progress;
  }
}

/**
 * Bytes that the kernel has not taken yet. `socket.writableLength` changes only when a whole write is finished, and an
 * upstream response is one write; Node's own time-out for sockets reads this member too (lib/net.js).
 */
function queuedBytesOf(
  socket: Socket & { readonly _handle?: { readonly writeQueueSize: number } | null },
): number {
  return socket._handle?.writeQueueSize ?? 0;
}
