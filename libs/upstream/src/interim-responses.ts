import { type Socket } from 'node:net';

/** The beginning of a status line; `d` is a digit (RFC 9112 section 4). */
const STATUS_LINE = 'HTTP/d.d 1dd';
const HEAD_END = '\r\n\r\n';
const [LINE_FEED, RETURN, ZERO, TWO, NINE] = [0x0a, 0x0d, 0x30, 0x32, 0x39];

/**
 * Renames `100 Continue` to `102 Processing` in the bytes of one connection that carries one request at a
 * time. It reads only status lines: the one that follows a request, and the one that follows the head of an
 * interim response, which has no body (RFC 9110 section 15.2). Bytes from the status line of the final
 * response on are not read.
 */
export class ContinueRenamer {
  private state: 'status line' | 'interim head' | 'final response' = 'final response';
  /** The number of matched characters of STATUS_LINE or HEAD_END. */
  private matched = 0;
  private secondDigit = 0;

  /** Called before a request is sent: the next bytes are the head of its first response. */
  expectResponse(): void {
    this.state = 'status line';
    this.matched = 0;
  }

  /** Reads the next bytes of the connection and changes at most one byte of each interim response. */
  rename(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.state !== 'final response'; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.state === 'interim head') this.readHead(byte);
      else if (this.readStatusLine(byte)) bytes[at] = TWO;
    }
  }

  /** @returns whether this is the last digit of 100 */
  private readStatusLine(byte: number): boolean {
    // undici's parser skips empty lines before a response.
    if (this.matched === 0 && (byte === RETURN || byte === LINE_FEED)) return false;
    const expected = STATUS_LINE.charCodeAt(this.matched);
    const isDigit = byte >= ZERO && byte <= NINE;
    if (byte !== expected && !(expected === DIGIT && isDigit)) {
      this.state = 'final response';
      return false;
    }
    this.matched += 1;
    if (this.matched < STATUS_LINE.length) {
      this.secondDigit = byte;
      return false;
    }
    this.state = 'interim head';
    this.matched = 0;
    return this.secondDigit === ZERO && byte === ZERO;
  }

  private readHead(byte: number): void {
    if (byte === HEAD_END.charCodeAt(this.matched)) this.matched += 1;
    else this.matched = byte === RETURN ? 1 : 0;
    if (this.matched === HEAD_END.length) this.expectResponse();
  }
}

const DIGIT = 'd'.charCodeAt(0);

/**
 * Makes undici ignore an unsolicited `100 Continue` like 102 and 103. It would otherwise close the
 * connection, and the outcome of a write would be unknown (undici 8.13, lib/dispatcher/client-h1.js,
 * onHeadersComplete). The methods of the socket are wrapped, because undici reads from the socket directly
 * and has no setting for this.
 */
export function acceptContinue(socket: Socket): void {
  const renamer = new ContinueRenamer();
  const push = socket.push.bind(socket);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.push = (chunk: unknown, encoding) => {
    if (Buffer.isBuffer(chunk)) renamer.rename(chunk);
    return push(chunk, encoding);
  };
  socket.write = (...args: unknown[]) => {
    renamer.expectResponse();
    return write(...args);
  };
}
