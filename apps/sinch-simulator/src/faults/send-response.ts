import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type { HttpResponse, FillerBody } from '../http-response.js';
import type { Effect } from './fault.js';

/**
 * Sends a response, or the part of it that the effect permits. The operation has already been executed, even if the
 * client receives nothing.
 * @param stop cancels delays
 */
export async function sendResponse(
  response: HttpResponse,
  effect: Effect | undefined,
  reply: ServerResponse,
  stop: AbortSignal,
): Promise<void> {
  if (effect === undefined) return sendComplete(response, reply);
  if ('delay' in effect) return sendDelayed(response, effect.delay, reply, stop);
  if ('hang' in effect) {
    if (effect.hang === 'body') await sendHalf(response, reply);
    return;
  }
  if ('reset' in effect) {
    if (effect.reset === 'headers') await writeRaw(reply, `HTTP/1.1 ${response.status} OK\r\nContent-Ty`);
    if (effect.reset === 'body') await sendHalf(response, reply);
    resetConnection(reply);
    return;
  }
  if ('cutBody' in effect) {
    await sendHalf(response, reply);
    reply.socket?.end();
    return;
  }
  if ('contentLengthOff' in effect) {
    const length = Math.max(0, lengthOf(response) + effect.contentLengthOff);
    reply.writeHead(
      response.status,
      headersOf(response, { 'content-length': String(length), connection: 'close' }),
    );
    return writeBody(response, reply);
  }
  return sendComplete(response, reply);
}

export function resetConnection(reply: ServerResponse): void {
  reply.socket?.resetAndDestroy();
}

async function sendComplete(response: HttpResponse, reply: ServerResponse): Promise<void> {
  reply.writeHead(response.status, headersOf(response));
  await writeBody(response, reply);
}

async function writeBody({ body }: HttpResponse, reply: ServerResponse): Promise<void> {
  if (Buffer.isBuffer(body)) reply.end(body);
  else await pipeline(Readable.from(chunksOf(body)), reply);
}

async function sendDelayed(
  response: HttpResponse,
  { headersMs = 0, bodyMs = 0 }: { headersMs?: number | undefined; bodyMs?: number | undefined },
  reply: ServerResponse,
  stop: AbortSignal,
): Promise<void> {
  const closed = new AbortController();
  reply.once('close', () => closed.abort());
  const signal = AbortSignal.any([stop, closed.signal]);
  try {
    await setTimeout(headersMs, undefined, { signal });
    reply.writeHead(response.status, headersOf(response)).flushHeaders();
    await setTimeout(bodyMs, undefined, { signal });
    await writeBody(response, reply);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Sends headers with the full length, and the first half of the body. */
async function sendHalf(response: HttpResponse, reply: ServerResponse): Promise<void> {
  reply.writeHead(response.status, headersOf(response)).flushHeaders();
  const { body } = response;
  if (Buffer.isBuffer(body) && body.length > 1)
    await new Promise<void>((done) => reply.write(body.subarray(0, body.length >> 1), () => done()));
}

async function writeRaw(reply: ServerResponse, bytes: string): Promise<void> {
  const { socket } = reply;
  if (socket) await new Promise<void>((done) => socket.write(bytes, () => done()));
}

function headersOf(response: HttpResponse, override: Record<string, string> = {}): Record<string, string> {
  const omitsLength =
    response.status === 204 || response.status === 304 || 'transfer-encoding' in response.headers;
  return {
    ...(!omitsLength && { 'content-length': String(lengthOf(response)) }),
    ...response.headers,
    ...override,
  };
}

function lengthOf({ body }: HttpResponse): number {
  return Buffer.isBuffer(body) ? body.length : body.fillerBytes;
}

const chunk = Buffer.alloc(64 * 1024, 'x');

function* chunksOf({ fillerBytes }: FillerBody): Generator<Buffer> {
  for (let left = fillerBytes; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}
