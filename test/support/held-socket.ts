import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Listens, tells the file descriptor and the port, and waits without accepting a connection until it is told to close. */
const HOLDER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer().listen({ ...workerData.address, backlog: 4096 }, () => {
    const address = server.address();
    parentPort.postMessage({ fd: server._handle.fd, port: typeof address === 'string' ? null : address.port });
    Atomics.wait(workerData.isReleased, 0, 0);
    server.close();
  });
`;

/** A listening socket that another thread holds for programs, as systemd does: connections wait until one accepts them. */
export class HeldSocket {
  private constructor(
    private readonly holder: Worker,
    private readonly isReleased: Int32Array,
    readonly fd: number,
    readonly port: number | null,
  ) {}

  static async open(
    address: { readonly port: number; readonly host: string } | { readonly path: string },
  ): Promise<HeldSocket> {
    const isReleased = new Int32Array(new SharedArrayBuffer(4));
    const holder = new Worker(HOLDER, { eval: true, workerData: { address, isReleased } });
    const [{ fd, port }] = (await once(holder, 'message')) as [{ fd: number; port: number | null }];
    return new HeldSocket(holder, isReleased, fd, port);
  }

  async close(): Promise<void> {
    const exit = once(this.holder, 'exit');
    Atomics.store(this.isReleased, 0, 1);
    Atomics.notify(this.isReleased, 0);
    await exit;
  }
}
