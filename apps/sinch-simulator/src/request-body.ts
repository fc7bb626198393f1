import type { IncomingMessage } from 'node:http';

/**
 * Bytes. Upstream's own limit is not published (docs/upstream.md section 12, row 29); this is more than twice
 * what a comment can need.
 */
const maxBodyBytes = 2 * 1024 * 1024;

export class BodyTooLargeError extends Error {}

/** Throws `BodyTooLargeError`, or the stream's error when the client leaves early. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  // Not earlier: leaving the loop would destroy the socket that still has to carry the answer.
  if (length > maxBodyBytes) throw new BodyTooLargeError();
  return Buffer.concat(chunks);
}
