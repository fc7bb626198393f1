import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { HOST, type Proxy } from './proxy.js';

const TICK_MS = 10;
const TENANTS = ['acme', 'harbour', 'lantern'];
/** Requests in flight above which the load waits, because a tenant may have 20 (docs/contract.md section 5). */
const MAX_IN_FLIGHT = 16 * TENANTS.length;

/** Requests of one frontend at a constant rate, unless the machine is too busy for it: two reads, then one write. */
export class SteadyLoad {
  /** Requests without a 2xx response, with the reason. */
  readonly lost: string[] = [];
  /** The texts of the comments that were sent. */
  readonly comments: string[] = [];
  sent = 0;
  private readonly agent: Agent;
  private readonly pending = new Set<Promise<void>>();
  private readonly startedAt = performance.now();
  private ending = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly proxy: Proxy,
    private readonly cookie: string,
    private readonly perSecond: number,
  ) {
    this.agent = new Agent({ keepAlive: true, ca: proxy.certificate.cert, servername: HOST });
    this.ended = this.run();
  }

  /** Requests per second since the start. */
  get rate(): number {
    return this.sent / ((performance.now() - this.startedAt) / 1_000);
  }

  /** Sends no further request and waits for all responses. */
  async end(): Promise<void> {
    this.ending = true;
    await this.ended;
    await Promise.all(this.pending);
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    while (!this.ending) {
      const due = ((performance.now() - this.startedAt) / 1_000) * this.perSecond;
      while (this.sent < due && this.pending.size < MAX_IN_FLIGHT) this.sendNext();
      await pause(TICK_MS);
    }
  }

  private sendNext(): void {
    const number = (this.sent += 1);
    const account = `/v1/tenants/${TENANTS[number % TENANTS.length]}/whatsapp`;
    const comment = `comment ${number}`;
    const isWrite = number % 3 === 0;
    if (isWrite) this.comments.push(comment);
    const sent = isWrite
      ? this.exchange('POST', `${account}/comments`, JSON.stringify({ comment }))
      : this.exchange('GET', account);
    const settled = sent.then(
      (status) => void (status >= 200 && status < 300 ? 0 : this.lose(number, isWrite, String(status))),
      (error: unknown) => this.lose(number, isWrite, String(error)),
    );
    this.pending.add(settled);
    void settled.finally(() => this.pending.delete(settled));
  }

  private lose(number: number, isWrite: boolean, reason: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1_000).toFixed(2);
    this.lost.push(`${isWrite ? 'write' : 'read'} ${number} after ${seconds} s: ${reason}`);
  }

  private exchange(method: string, path: string, body?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ host: '127.0.0.1', port: this.proxy.port, method, path, agent: this.agent, servername: HOST },
        headers: {
          ...{ host: HOST, cookie: this.cookie, 'x-csrf': '1' },
          ...(body !== undefined && {
            origin: `https://${HOST}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        incoming.on('error', reject);
        incoming.on('end', () => resolve(incoming.statusCode ?? 0));
        incoming.resume();
      });
      outgoing.end(body);
    });
  }
}
