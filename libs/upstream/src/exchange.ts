import { type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher } from 'undici';

/** A response that was received completely. */
export interface CompleteResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The phase of an exchange; after a failure, the phase in which it failed. */
export type ExchangePhase = 'connect' | 'headers' | 'body';

/** The response must not be relayed: it is a redirect or too long. */
export class InvalidResponseError extends Error {
  override readonly name = 'InvalidResponseError';
}

/** Counts the bytes of a response that are held in memory. */
export interface ResponseMemory {
  /** @returns false if the bytes must not be held */
  take(bytes: number): boolean;
}

/** The memory budget for responses is exhausted. */
export class ResponseMemoryExhaustedError extends Error {
  override readonly name = 'ResponseMemoryExhaustedError';
}

/** Maximum size of a response body (docs/contract.md section 5). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Maximum size of an error body that is read; a longer one is handled like one without an errorCode
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
const MAX_ERROR_BYTES = 64 * 1024;

/** Memory overhead of a chunk, which may have a single byte. */
const CHUNK_OVERHEAD_BYTES = 256;

/** Error codes of a connection that the server closed. */
const CLOSED_CODES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * One request and its response on one connection: collects the response and reports its outcome exactly once.
 * An undici dispatch handler, because undici's promise-based interfaces cost several times as much
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
export class Exchange implements Dispatcher.DispatchHandler {
  phase: ExchangePhase = 'connect';
  private controller: Dispatcher.DispatchController | undefined;
  private chunks: Buffer[] = [];
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private bytes = 0;
  private hasResponseBytes = false;
  private hasEnded = false;

  constructor(
    /** Called immediately before the first byte is sent; if it throws, nothing is sent. */
    private readonly beforeSend: () => void,
    private readonly memory: ResponseMemory,
    private readonly done: (response: CompleteResponse) => void,
    private readonly failed: (error: Error, phase: ExchangePhase) => void,
  ) {}

  /** Cancels the exchange without a report; a request that has not been sent is never sent. */
  cancel(): void {
    this.hasEnded = true;
    this.controller?.abort(new Error('The response is no longer needed'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.hasEnded) controller.abort(new Error('The response is no longer needed'));
    else {
      this.beforeSend();
      this.phase = 'headers';
    }
  }

  /** Called at the first byte of a response. */
  onResponseStarted(): void {
    this.hasResponseBytes = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.hasEnded || status < 200) return;
    this.phase = 'body';
    this.status = status;
    this.headers = headers;
    if (status >= 300 && status < 400)
      this.giveUp(new InvalidResponseError(`The response is a redirect, ${status}`));
    else this.checkLength(Number(headers['content-length']));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.hasEnded) return;
    this.bytes += chunk.length;
    this.checkLength(this.bytes);
    if (this.hasEnded) return;
    if (this.memory.take(chunk.length + CHUNK_OVERHEAD_BYTES)) this.chunks.push(chunk);
    else this.giveUp(new ResponseMemoryExhaustedError('The memory budget for responses is exhausted'));
  }

  onResponseEnd(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const [only] = this.chunks;
    const body =
      this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks, this.bytes);
    this.chunks = [];
    this.done({ status: this.status, headers: this.headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.failed(error, this.phase);
  }

  /**
   * Whether the connection was closed before any byte of the response, as servers do with idle connections.
   */
  closedBeforeResponse(error: NodeJS.ErrnoException): boolean {
    return this.phase === 'headers' && !this.hasResponseBytes && CLOSED_CODES.has(error.code ?? '');
  }

  private checkLength(bytes: number): void {
    if (this.status >= 400 && bytes > MAX_ERROR_BYTES) {
      this.cancel();
      this.done({ status: this.status, headers: this.headers, body: NO_BYTES });
    } else if (bytes > MAX_BODY_BYTES) this.giveUp(tooLong());
  }

  private giveUp(error: Error): void {
    this.hasEnded = true;
    this.controller?.abort(error);
    this.failed(error, this.phase);
  }
}

const NO_BYTES = Buffer.alloc(0);

function tooLong(): InvalidResponseError {
  return new InvalidResponseError(`The response is longer than ${MAX_BODY_BYTES} bytes`);
}
