import { type Socket } from 'node:net';

/** How a status line begins; `d` is a digit (RFC 9112 section 4). */
const STATUS_LINE = 'HTTP/d.d 1dd';
const HEAD_END = '\r\n\r\n';
const [LINE_FEED, RETURN, ZERO, TWO, NINE] = [0x0a, 0x0d, 0x30, 0x32, 0x39];

/**
 * Renames `100 Continue` to `102 Processing` in the bytes of one connection that carries one request at a time. It looks at
 * status lines only: at the one that follows a request, and at the one that follows the head of an interim answer, which
 * has no body (RFC 9110 section 15.2). From the status line of the final answer on, bytes pass unseen.
 */
export class ContinueRenamer {
  private state: 'status line' | 'interim head' | 'final answer' = 'final answer';
  /** Characters of STATUS_LINE or HEAD_END that were matched. */
  private matched = 0;
  private secondDigit = 0;

  /** A request is sent: the next bytes are the head of its first answer. */
  expectAnswer(): void {
    this.state = 'status line';
    this.matched = 0;
  }

  /** Reads the next bytes of the connection, and changes at most one byte for each interim answer in them. */
  rename(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.state !== 'final answer'; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.state === 'interim head') this.readHead(byte);
      else if (this.readStatusLine(byte)) bytes[at] = TWO;
    }
  }

  /** @returns whether this is the last digit of 100 */
  private readStatusLine(byte: number): boolean {
    // The parser skips empty lines before an answer.
    if (this.matched === 0 && (byte === RETURN || byte === LINE_FEED)) return false;
    const expected = STATUS_LINE.charCodeAt(this.matched);
    const isDigit = byte >= ZERO && byte <= NINE;
    if (byte !== expected && !(expected === DIGIT && isDigit)) {
      this.state = 'final answer';
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
    if (this.matched === HEAD_END.length) this.expectAnswer();
  }
}

const DIGIT = 'd'.charCodeAt(0);

/**
 * Makes undici pass over a `100 Continue` that it did not ask for, as it passes over 102 and 103; it would close the
 * connection, and the outcome of a write would be unknown (undici 8.13, lib/dispatcher/client-h1.js, onHeadersComplete).
 * The socket's own methods are wrapped, because undici reads from the socket itself and has no setting for this.
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
    renamer.expectAnswer();
    return write(...args);
  };
}
