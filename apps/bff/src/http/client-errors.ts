import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { HEADERS_WITHOUT_FRONTEND, type ResponseHeaders } from '@bff/frontends';
import { InvalidInputProblem, Problem, PROBLEM_MEDIA_TYPE, problemBody } from '@bff/problems';

/** Time for a rejected client to read the response and to close its side of the connection. */
const LINGER_MS = 5_000;

/** Called for each response that is sent outside the router, for the log. */
export type ClientErrorListener = (requestId: string, status: number, errorCode: string) => void;

/**
 * Creates the handler of HTTP parser errors. It sends a problem with the headers of every response and closes the
 * connection, because after such an error the start of the next request is unknown (docs/security-requirements.md
 * PRX-15).
 */
export function clientErrorResponder(
  onResponse: ClientErrorListener,
  headersOf = publicHeaders,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasSentHeaders(socket)) {
      socket.destroy();
      return;
    }
    respondOnSocket(socket, problemOf(error.code), onResponse, headersOf);
  };
}

/** Creates the handler of CONNECT requests, which no route accepts. */
export function connectResponder(
  onResponse: ClientErrorListener,
): (request: unknown, socket: Duplex) => void {
  return (_request, socket) => {
    socket.on('error', () => socket.destroy());
    respondOnSocket(socket, new Problem('bff_route_not_found'), onResponse, publicHeaders);
  };
}

function publicHeaders(requestId: string): ResponseHeaders {
  return { ...HEADERS_WITHOUT_FRONTEND, 'x-request-id': requestId };
}

function respondOnSocket(
  socket: Duplex,
  problem: Problem,
  onResponse: ClientErrorListener,
  headersOf: (requestId: string) => ResponseHeaders,
): void {
  const requestId = randomUUID();
  const body = problemBody(problem, requestId);
  const headers = {
    ...headersOf(requestId),
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
  );
  // Node no longer applies its time-outs to this connection, so a client could keep it open indefinitely.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(linger));
  onResponse(requestId, problem.status, problem.errorCode);
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('bff_headers_too_large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('bff_request_timeout');
    default:
      return new InvalidInputProblem(['the request is not well-formed HTTP']);
  }
}

/** Node keeps the current response of a socket in this property (lib/_http_server.js). */
function hasSentHeaders(
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null },
): boolean {
  return socket._httpMessage?.headersSent === true;
}
