import { type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher } from 'undici';
import { type Reservation } from './response-memory-budget.js';

/** One answer, taken in whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How far an exchange has come; what it was waiting for when it failed. */
export type ExchangePhase = 'connect' | 'headers' | 'body';

/** An answer that must not be passed on, whatever it says. */
export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';
}

/** The memory budget for responses is used up. */
export class ResponseMemoryExhaustedError extends Error {
  /** Logged as `code`. */
  override readonly name = 'NoRoomError';
}

/** The longest answer that is taken in (docs/contract.md section 5). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The longest error that is read; a longer one counts as one without an errorCode
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
const MAX_ERROR_BYTES = 64 * 1024;

/** What a chunk takes in memory beside its bytes, which may be one. */
const CHUNK_BYTES = 256;

/** Error codes of a connection that the server closed. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * One request and its answer on one connection: collects the answer and reports exactly once how it ended.
 * Called by undici; the promise-based ways through it cost several times as much
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
export class Exchange implements Dispatcher.DispatchHandler {
  phase: ExchangePhase = 'connect';
  private controller: Dispatcher.DispatchController | undefined;
  private chunks: Buffer[] = [];
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private bytes = 0;
  private answered = false;
  private over = false;

  constructor(
    /** Called immediately before the first byte is sent; where it throws, nothing is. */
    private readonly beforeSend: () => void,
    private readonly memory: Pick<Reservation, 'take'>,
    private readonly done: (answer: WholeAnswer) => void,
    private readonly failed: (error: Error, phase: ExchangePhase) => void,
  ) {}

  /** Ends the exchange without a report; a request that has not been sent will not be. */
  abandon(): void {
    this.over = true;
    this.controller?.abort(new Error('The response is no longer needed'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('The response is no longer needed'));
    else {
      this.beforeSend();
      this.phase = 'headers';
    }
  }

  /** Called at the first byte of an answer. */
  onResponseStarted(): void {
    this.answered = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.over || status < 200) return;
    this.phase = 'body';
    this.status = status;
    this.headers = headers;
    if (status >= 300 && status < 400)
      this.giveUp(new UnusableAnswerError(`The answer is a redirect, ${status}`));
    else this.checkLength(Number(headers['content-length']));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.over) return;
    this.bytes += chunk.length;
    this.checkLength(this.bytes);
    if (this.over) return;
    if (this.memory.take(chunk.length + CHUNK_BYTES)) this.chunks.push(chunk);
    else this.giveUp(new ResponseMemoryExhaustedError('No room for the answer'));
  }

  onResponseEnd(): void {
    if (this.over) return;
    this.over = true;
    const [only] = this.chunks;
    const body =
      this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks, this.bytes);
    this.chunks = [];
    this.done({ status: this.status, headers: this.headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.over) return;
    this.over = true;
    this.failed(error, this.phase);
  }

  /** Whether this error closed the connection before any byte of the answer, as servers do with idle connections. */
  closedUnanswered(error: NodeJS.ErrnoException): boolean {
    return this.phase === 'headers' && !this.answered && CLOSED.has(error.code ?? '');
  }

  private checkLength(bytes: number): void {
    if (this.status >= 400 && bytes > MAX_ERROR_BYTES) {
      this.abandon();
      this.done({ status: this.status, headers: this.headers, body: NO_BYTES });
    } else if (bytes > MAX_BODY_BYTES) this.giveUp(tooLong());
  }

  private giveUp(error: Error): void {
    this.over = true;
    this.controller?.abort(error);
    this.failed(error, this.phase);
  }
}

const NO_BYTES = Buffer.alloc(0);

function tooLong(): UnusableAnswerError {
  return new UnusableAnswerError(`The answer is longer than ${MAX_BODY_BYTES} bytes`);
}
