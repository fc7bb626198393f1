import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type { Answer, Filler } from '../answer.js';
import type { Effect } from './fault.js';

/**
 * Writes an answer, or as much of it as the effect allows. The request has been carried out by then, so what the
 * client misses has happened all the same. `stop` ends the waiting.
 */
export async function deliver(
  answer: Answer,
  effect: Effect | undefined,
  response: ServerResponse,
  stop: AbortSignal,
): Promise<void> {
  if (effect === undefined) return whole(answer, response);
  if ('delay' in effect) return delayed(answer, effect.delay, response, stop);
  if ('hang' in effect) {
    if (effect.hang === 'body') await half(answer, response);
    return;
  }
  if ('reset' in effect) {
    if (effect.reset === 'headers') await written(response, `HTTP/1.1 ${answer.status} OK\r\nContent-Ty`);
    if (effect.reset === 'body') await half(answer, response);
    reset(response);
    return;
  }
  if ('cutBody' in effect) {
    await half(answer, response);
    response.socket?.end();
    return;
  }
  if ('contentLengthOff' in effect) {
    const length = Math.max(0, lengthOf(answer) + effect.contentLengthOff);
    response.writeHead(
      answer.status,
      headersOf(answer, { 'content-length': String(length), connection: 'close' }),
    );
    return writeBody(answer, response);
  }
  return whole(answer, response);
}

export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

async function whole(answer: Answer, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, headersOf(answer));
  await writeBody(answer, response);
}

async function writeBody({ body }: Answer, response: ServerResponse): Promise<void> {
  if (Buffer.isBuffer(body)) response.end(body);
  else await pipeline(Readable.from(chunksOf(body)), response);
}

async function delayed(
  answer: Answer,
  { headersMs = 0, bodyMs = 0 }: { headersMs?: number | undefined; bodyMs?: number | undefined },
  response: ServerResponse,
  stop: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([stop, gone.signal]);
  try {
    await setTimeout(headersMs, undefined, { signal });
    response.writeHead(answer.status, headersOf(answer)).flushHeaders();
    await setTimeout(bodyMs, undefined, { signal });
    await writeBody(answer, response);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The headers announce the whole body, of which the first half follows. */
async function half(answer: Answer, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, headersOf(answer)).flushHeaders();
  const { body } = answer;
  if (Buffer.isBuffer(body) && body.length > 1)
    await new Promise<void>((done) => response.write(body.subarray(0, body.length >> 1), () => done()));
}

async function written(response: ServerResponse, bytes: string): Promise<void> {
  const { socket } = response;
  if (socket) await new Promise<void>((done) => socket.write(bytes, () => done()));
}

function headersOf(answer: Answer, override: Record<string, string> = {}): Record<string, string> {
  const isWithoutLength =
    answer.status === 204 || answer.status === 304 || 'transfer-encoding' in answer.headers;
  return {
    ...(!isWithoutLength && { 'content-length': String(lengthOf(answer)) }),
    ...answer.headers,
    ...override,
  };
}

function lengthOf({ body }: Answer): number {
  return Buffer.isBuffer(body) ? body.length : body.fillerBytes;
}

const chunk = Buffer.alloc(64 * 1024, 'x');

function* chunksOf({ fillerBytes }: Filler): Generator<Buffer> {
  for (let left = fillerBytes; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}
