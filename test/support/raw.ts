import { connect } from 'node:net';

const giveUpAfterMs = 5_000;

export interface RawExchangeOptions {
  /** Half-closes after the bytes, and then waits for the server to close. */
  end?: boolean;
}

/** Sends requests that an HTTP client would not send. @returns all received bytes, as latin1 */
export function rawExchange(
  port: number,
  bytes: string | Buffer,
  { end = false }: RawExchangeOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = '';
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => {
      const message = `127.0.0.1:${port} neither answered nor closed in ${giveUpAfterMs} ms`;
      finish(() => reject(new Error(`${message}; received: ${JSON.stringify(received)}`)));
    }, giveUpAfterMs);

    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      if (!end && holdsCompleteAnswer(received)) finish(() => resolve(received));
    });
    socket.on('close', () => finish(() => resolve(received)));
    socket.on('error', (error) => {
      // A server that rejects a request early closes while bytes are still written: that is a result, not a
      // failure.
      const serverClosed = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      finish(() => (serverClosed ? resolve(received) : reject(error)));
    });

    const payload = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (end) socket.end(payload);
    else socket.write(payload);
  });
}

function holdsCompleteAnswer(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const head = received.slice(0, headEnd);
  const body = received.slice(headEnd + 4);
  if (/^HTTP\/1\.1 1\d\d/.test(head)) return holdsCompleteAnswer(body);
  if (/^HTTP\/1\.1 (204|304)/.test(head)) return true;
  if (/^transfer-encoding: *chunked *$/im.test(head)) return /(^|\r\n)0\r\n\r\n$/.test(body);
  const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}
