import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that a test reads and writes, with all received bytes. */
export class RawClient {
  received = '';
  /** Resolves when the server has closed or reset the connection. */
  readonly closed: Promise<void>;
  private readonly chunks: Buffer[] = [];

  private constructor(readonly socket: Socket) {
    this.closed = new Promise((done) => socket.once('close', () => done()));
    socket.on('error', () => socket.destroy());
  }

  /** Connects, writes the bytes, and reads unless `reading` is false. */
  static async open(port: number, bytes = '', reading = true): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    const client = new RawClient(socket);
    if (reading) socket.on('data', (chunk) => client.keep(chunk));
    await once(socket, 'connect');
    if (bytes !== '') socket.write(bytes, 'latin1');
    return client;
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  get receivedBytes(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  /** Reads at a steady rate: a number of bytes, then a pause. */
  readSlowly(bytesPerTurn: number, pauseMs: number): void {
    let left = bytesPerTurn;
    this.socket.on('data', (chunk) => {
      this.keep(chunk);
      left -= chunk.length;
      if (left > 0) return;
      left = bytesPerTurn;
      this.socket.pause();
      setTimeout(() => this.socket.resume(), pauseMs);
    });
  }

  private keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    if (this.received.length < MAX_TEXT) this.received += chunk.toString('latin1');
  }
}

/** Maximum length of a response that is kept as text; the rest is only counted. */
const MAX_TEXT = 64 * 1024;
