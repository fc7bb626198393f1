import type { IncomingMessage, ServerResponse } from 'node:http';

export interface CompleteReply {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | object;
}

/** The headers announce the whole body; the connection breaks after `cutAt` bytes of it. */
export interface CutReply extends CompleteReply {
  cutAt: number;
}

/**
 * Bytes that are written to the socket without an HTTP library; the connection then ends, unless `then` is
 * given.
 */
export interface RawReply {
  raw: string | Buffer;
  then?: 'end' | 'destroy' | 'hold';
}

export interface NoReply {
  hang: true;
}

export type Reply = CompleteReply | CutReply | RawReply | NoReply;

/**
 * @param ended called when the response is complete or deliberately broken off; never for a hanging response
 */
export function writeReply(
  reply: Reply,
  request: IncomingMessage,
  response: ServerResponse,
  ended: () => void,
): void {
  if ('hang' in reply) return;
  if ('raw' in reply) return writeRaw(reply, request, ended);

  const body = prepare(reply, response);
  if ('cutAt' in reply) {
    response.setHeader('content-length', body.length);
    response.flushHeaders();
    request.socket.write(body.subarray(0, reply.cutAt), () => {
      ended();
      request.socket.destroy();
    });
    return;
  }
  response.once('finish', ended);
  response.end(body);
}

function writeRaw({ raw, then = 'end' }: RawReply, { socket }: IncomingMessage, ended: () => void): void {
  socket.write(raw, () => {
    if (then === 'hold') return;
    ended();
    if (then === 'end') socket.end();
    else socket.destroy();
  });
}

// Single headers instead of writeHead, so that Node still frames the body by its length.
function prepare({ status = 200, headers = {}, body = '' }: CompleteReply, response: ServerResponse): Buffer {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  return Buffer.from(JSON.stringify(body));
}
