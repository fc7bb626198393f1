import { corsHeaders } from '@bff/frontends';
import { type UpstreamResponse } from '@bff/upstream';
import { type FastifyReply } from 'fastify';

/** Up to here copying a body costs less than a write of its own. */
const MAX_COPIED_BYTES = 4 * 1024;

/**
 * Writes the upstream's answer past Fastify, which would look at each header by itself. A short body goes out with the headers
 * as one string of bytes (latin1 maps every byte to itself), because Node sends a buffer apart from its headers: together a
 * tenth of the request's CPU.
 */
export function relay(
  reply: FastifyReply,
  { status, body, contentType, retryAfter }: UpstreamResponse,
): void {
  const { bff } = reply.request;
  if (bff.frontend === null || reply.sent) return;
  const headers = [...bff.frontend.responseHeaderList, 'x-request-id', bff.requestId];
  if (bff.listedOrigin !== null) headers.push(...Object.entries(corsHeaders(bff.listedOrigin)).flat());
  if (contentType !== null) headers.push('content-type', contentType);
  if (retryAfter !== null) headers.push('retry-after', retryAfter);
  if (body !== null) headers.push('content-length', String(body.length));
  reply.hijack();
  reply.raw.writeHead(status, headers);
  if (body === null) reply.raw.end();
  else if (body.length > MAX_COPIED_BYTES) reply.raw.end(body);
  else reply.raw.end(body.toString('latin1'), 'latin1');
}
