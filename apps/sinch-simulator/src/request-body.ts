import type { IncomingMessage } from 'node:http';

/**
 * Maximum size in bytes. The upstream's limit is not published (docs/upstream.md section 12, row 29); the longest
 * comment needs less than half of this.
 */
const maxBodyBytes = 2 * 1024 * 1024;

export class BodyTooLargeError extends Error {}

/** @throws BodyTooLargeError, or the error of the stream if the client disconnects */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  // Thrown after the loop, because leaving it early would destroy the socket before the response is sent.
  if (length > maxBodyBytes) throw new BodyTooLargeError();
  return Buffer.concat(chunks);
}
