import { type Server } from 'node:http';
import { type Socket } from 'node:net';

interface Limits {
  /** Maximum time, in milliseconds, that a write may take without progress. */
  readonly stallMs: number;
  readonly checkMs: number;
}

const LIMITS: Limits = { stallMs: 30_000, checkMs: 1_000 };

interface Progress {
  readonly queuedBytes: number;
  readonly since: number;
}

/**
 * Destroys connections whose client does not read, which would hold the bytes of the response in memory forever
 * (docs/security-requirements.md RES-14). All connections share one timer, so that a response that the kernel accepts at
 * once costs nothing.
 */
export class StalledWrites {
  private progress = new Map<Socket, Progress>();

  constructor(private readonly limits: Limits = LIMITS) {}

  /** @param writing returns the connections that have a pending response */
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
 * @returns the number of bytes that the kernel has not accepted yet. `socket.writableLength` changes only when a write
 * completes, and an upstream response is one write; Node's socket time-out reads this property too (lib/net.js).
 */
function queuedBytesOf(
  socket: Socket & { readonly _handle?: { readonly writeQueueSize: number } | null },
): number {
  return socket._handle?.writeQueueSize ?? 0;
}
