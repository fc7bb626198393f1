import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that a test writes to and reads from by hand, and all that arrived on it. */
export class RawClient {
  received = '';
  /** When the server has closed the connection, or reset it. */
  readonly closed: Promise<void>;
  private readonly chunks: Buffer[] = [];

  private constructor(readonly socket: Socket) {
    this.closed = new Promise((done) => socket.once('close', () => done()));
    socket.on('error', () => socket.destroy());
  }

  /** Connects, writes the bytes, and reads what comes unless `reading` is false. */
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

  /** Reads at a steady pace: so many bytes, then a pause. */
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

/** Of a large response only the beginning is kept as text. */
const MAX_TEXT = 64 * 1024;
