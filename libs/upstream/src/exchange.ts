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

/** The call that an exchange belongs to. */
export interface ExchangeOwner {
  /** Called immediately before the first byte is sent; if it throws, nothing is sent. */
  beforeSend(): void;
  /** @returns false if these bytes of the response must not be held in memory */
  hold(bytes: number): boolean;
  completed(response: CompleteResponse): void;
  failed(exchange: Exchange, error: Error): void;
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

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Memory overhead of a chunk, which may have a single byte. */
const CHUNK_OVERHEAD_BYTES = 256;

/** Error codes of a connection that the server closed. */
const CLOSED_CODES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * One request and its response on one connection: collects the response and reports its outcome to its owner exactly once.
 * An undici dispatch handler, because undici's promise-based interfaces cost several times as much
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
export class Exchange implements Dispatcher.DispatchHandler, CompleteResponse {
  phase: ExchangePhase = 'connect';
  status = 0;
  headers: IncomingHttpHeaders = {};
  body = NO_BYTES;
  private controller: Dispatcher.DispatchController | undefined;
  /** The chunks after the first one. */
  private furtherChunks: Buffer[] | undefined;
  private bytes = 0;
  private hasResponseBytes = false;
  private hasEnded = false;

  constructor(private readonly owner: ExchangeOwner) {}

  /** Cancels the exchange without a report; a request that has not been sent is never sent. */
  cancel(): void {
    this.hasEnded = true;
    this.controller?.abort(new Error('The response is no longer needed'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.hasEnded) controller.abort(new Error('The response is no longer needed'));
    else {
      this.owner.beforeSend();
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
    const isFirst = this.bytes === 0;
    this.bytes += chunk.length;
    this.checkLength(this.bytes);
    if (this.hasEnded) return;
    if (!this.owner.hold(chunk.length + CHUNK_OVERHEAD_BYTES))
      this.giveUp(new ResponseMemoryExhaustedError('The memory budget for responses is exhausted'));
    else if (isFirst) this.body = chunk;
    else (this.furtherChunks ??= []).push(chunk);
  }

  onResponseEnd(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.furtherChunks !== undefined)
      this.body = Buffer.concat([this.body, ...this.furtherChunks], this.bytes);
    this.furtherChunks = undefined;
    this.owner.completed(this);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.owner.failed(this, error);
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
      this.body = NO_BYTES;
      this.owner.completed(this);
    } else if (bytes > MAX_BODY_BYTES) this.giveUp(tooLong());
  }

  private giveUp(error: Error): void {
    this.hasEnded = true;
    this.controller?.abort(error);
    this.owner.failed(this, error);
  }
}

function tooLong(): InvalidResponseError {
  return new InvalidResponseError(`The response is longer than ${MAX_BODY_BYTES} bytes`);
}
