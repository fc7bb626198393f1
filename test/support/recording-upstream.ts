import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { writeReply } from './reply.js';
import type { Reply } from './reply.js';

export interface RecordedRequest {
  method: string;
  /** As in the request line. */
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: string;
  /** The client disconnected before the response ended. */
  aborted: boolean;
  /** Index of its TCP connection, from 1. */
  connection: number;
}

export type Answerer = (request: RecordedRequest) => Reply | Promise<Reply>;

/** An HTTP server on 127.0.0.1 that records its requests and sends the replies that a test sets. */
export class RecordingUpstream {
  readonly url: string;
  readonly requests: RecordedRequest[] = [];

  private answerer: Answerer;
  private readonly connections = new Map<Socket, number>();
  private connectionCount = 0;
  private arrivalWaiters: ((request: RecordedRequest) => void)[] = [];
  private abortWaiters: (() => void)[] = [];
  private closing = false;

  static async start(name: string): Promise<RecordingUpstream> {
    return new RecordingUpstream(await listeningServer(), () => ({ body: { ok: true, server: name } }));
  }

  protected constructor(
    private readonly server: Server,
    private readonly defaultAnswerer: Answerer,
  ) {
    this.answerer = defaultAnswerer;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.keepConnection(socket));
    server.on('request', (request, response) => void this.serve(request, response));
  }

  get lastRequest(): RecordedRequest {
    const last = this.requests.at(-1);
    if (!last) throw new Error(`${this.url} has received no request`);
    return last;
  }

  /** Number of open connections, idle ones included. */
  get openConnections(): number {
    return this.connections.size;
  }

  /** Sets the reply to further requests. A list is used in order, and its last reply is repeated. */
  answer(reply: Reply | Reply[] | Answerer): void {
    if (typeof reply === 'function') this.answerer = reply;
    else this.answerer = inTurn(Array.isArray(reply) ? reply : [reply]);
  }

  /** Resolves with the next complete request, whether or not it gets a response. */
  nextRequest(): Promise<RecordedRequest> {
    return new Promise((resolve) => this.arrivalWaiters.push(resolve));
  }

  /** Resolves when a client next disconnects before its response ends. */
  whenAborted(): Promise<void> {
    return new Promise((resolve) => this.abortWaiters.push(resolve));
  }

  reset(): void {
    this.requests.length = 0;
    this.answerer = this.defaultAnswerer;
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.connections.keys()) socket.destroy();
    await closed;
  }

  private keepConnection(socket: Socket): void {
    this.connections.set(socket, ++this.connectionCount);
    socket.once('close', () => this.connections.delete(socket));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: '',
      aborted: false,
      connection: this.connections.get(request.socket) ?? 0,
    };
    const { body, complete } = await readBody(request);
    recorded.body = body;
    this.requests.push(recorded);
    if (!complete || request.socket.destroyed) return this.markAborted(recorded);

    const abandoned = (): void => this.markAborted(recorded);
    request.socket.once('close', abandoned);
    for (const arrived of this.arrivalWaiters.splice(0)) arrived(recorded);
    const reply = await this.replyTo(recorded);
    if (request.socket.destroyed) return;
    writeReply(reply, request, response, () => request.socket.off('close', abandoned));
  }

  // An error of the test is shown in the response instead of as an unhandled rejection.
  private async replyTo(recorded: RecordedRequest): Promise<Reply> {
    try {
      return await this.answerer(recorded);
    } catch (error) {
      return { status: 500, body: `The answer given to RecordingUpstream failed: ${String(error)}` };
    }
  }

  private markAborted(recorded: RecordedRequest): void {
    if (this.closing) return;
    recorded.aborted = true;
    for (const aborted of this.abortWaiters.splice(0)) aborted();
  }
}

export async function listeningServer(): Promise<Server> {
  // Idle connections stay open, so that no test depends on the time between two requests.
  const server = createServer({ keepAliveTimeout: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function readBody(request: IncomingMessage): Promise<{ body: string; complete: boolean }> {
  const chunks: Buffer[] = [];
  let complete = true;
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    complete = false;
  }
  return { body: Buffer.concat(chunks).toString(), complete };
}

function inTurn(replies: Reply[]): Answerer {
  let next = 0;
  return () => {
    const reply = replies[Math.min(next, replies.length - 1)];
    if (!reply) throw new Error('an empty list of replies');
    next += 1;
    return reply;
  };
}
