import { corsHeaders } from '@bff/frontends';
import { UpstreamAnswer } from '@bff/upstream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';

/** An answer of ours that is more than a JSON document. */
export class Answer {
  constructor(
    readonly body: object | string | undefined,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Where it is not the operation's own. */
    readonly status?: number,
  ) {}
}

/** The one place that writes what handlers return: the upstream's answer as it came, ours as JSON. */
export class BffAdapter extends FastifyAdapter {
  /** Errors keep their code; Nest would wrap Fastify's and leave only the status. */
  override mapException(error: unknown): unknown {
    return error;
  }

  override reply(
    response: FastifyReply['raw'] | FastifyReply,
    body: unknown,
    statusCode?: number,
  ): ReturnType<FastifyAdapter['reply']> {
    const reply = response as FastifyReply;
    if (body instanceof UpstreamAnswer) return relay(reply, body);
    if (body instanceof Answer) {
      reply.headers(body.headers);
      return super.reply(reply, body.body, body.status ?? statusCode);
    }
    return super.reply(reply, body, statusCode);
  }
}

/** Longer answers are not copied: a slow reader would hold them twice. */
const COPIED_BYTES = 64 * 1024;

/**
 * Writes the upstream's answer past Fastify, which would look at each header by itself, and as one string of bytes
 * (latin1 maps every byte to itself), because Node sends a buffer apart from its headers: together a tenth of the
 * request's CPU.
 */
function relay(reply: FastifyReply, { status, body, contentType, retryAfter }: UpstreamAnswer): FastifyReply {
  const { bff } = reply.request;
  if (bff.frontend === null || reply.sent) return reply;
  const headers = [...bff.frontend.answerHeaderList, 'x-request-id', bff.requestId];
  if (bff.listedOrigin !== null) headers.push(...Object.entries(corsHeaders(bff.listedOrigin)).flat());
  if (contentType !== null) headers.push('content-type', contentType);
  if (retryAfter !== null) headers.push('retry-after', retryAfter);
  if (body !== null) headers.push('content-length', String(body.length));
  reply.hijack();
  reply.raw.writeHead(status, headers);
  if (body === null) reply.raw.end();
  else if (body.length > COPIED_BYTES) reply.raw.end(body);
  else reply.raw.end(body.toString('latin1'), 'latin1');
  return reply;
}
