import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy whose connections can become silent: they deliver no more bytes and report no error. */
export class SilentProxy {
  private readonly sockets: Socket[] = [];
  private deliversNothing = false;

  /** @param url of the PostgreSQL server behind the proxy */
  static async start(url: string): Promise<SilentProxy> {
    // Half-open: a silent peer does not answer the end of a connection with its own.
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new SilentProxy(server, Number(new URL(url).port));
    server.on('connection', (socket) => proxy.accept(socket));
    return proxy;
  }

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {}

  /** The same database, through the proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.port = String((this.server.address() as AddressInfo).port);
    return proxied.href;
  }

  /** Silences the open connections; new ones work. */
  silence(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Silences the open connections and all new ones. */
  silenceForGood(): void {
    this.deliversNothing = true;
    this.silence();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket): void {
    this.hold(socket);
    if (this.deliversNothing) return;
    const target = connect(this.target, '127.0.0.1');
    this.hold(target);
    socket.pipe(target).pipe(socket);
  }

  private hold(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.sockets.push(socket);
  }
}
