import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

interface Received {
  readonly method: string;
  /** Index of the request on its connection, from 1. */
  readonly index: number;
  answered: boolean;
}

/** A TCP server on 127.0.0.1 whose response bytes and closed connections each test defines. */
export class ClosingUpstream {
  readonly url: string;
  readonly received: Received[] = [];
  /** The bytes of a response; a list is written in pieces, one per turn of the event loop. */
  answer: () => string | string[] = () => '';
  /** Closes a connection instead of responding to its request with this index. */
  closesAtRequest = Infinity;
  /** Closes a connection after this number of responses. */
  closesAfter = Infinity;
  /** Closes a connection that is idle for this time after a response, in milliseconds. */
  idleMs = 0;
  private readonly sockets = new Set<Socket>();

  static async start(): Promise<ClosingUpstream> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ClosingUpstream(server);
  }

  private constructor(private readonly server: Server) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.serve(socket));
  }

  reset(): void {
    this.received.length = 0;
    this.closesAtRequest = this.closesAfter = Infinity;
    this.idleMs = 0;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.server.close();
    this.reset();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('timeout', () => socket.end());
    let buffered = '';
    let index = 0;
    socket.on('data', (text: unknown) => {
      buffered += String(text);
      const head = /^([A-Z]+) [^]*?\r\n\r\n/.exec(buffered);
      if (head === null) return;
      const length = Number(/^content-length: (\d+)/im.exec(head[0])?.[1] ?? 0);
      if (buffered.length < head[0].length + length) return;
      buffered = '';
      index += 1;
      const request = { method: head[1] ?? '', index, answered: false };
      this.received.push(request);
      if (index >= this.closesAtRequest || socket.writableEnded) socket.end();
      else void this.write(socket, request);
    });
  }

  private async write(socket: Socket, request: Received): Promise<void> {
    const answer = this.answer();
    for (const piece of typeof answer === 'string' ? [answer] : answer) {
      socket.write(piece, 'latin1');
      if (typeof answer !== 'string') await new Promise((resume) => setImmediate(resume));
    }
    request.answered = true;
    if (request.index >= this.closesAfter) socket.end();
    if (this.idleMs > 0) socket.setTimeout(this.idleMs);
  }
}
