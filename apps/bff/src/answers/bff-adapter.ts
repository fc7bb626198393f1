import { UpstreamAnswer } from '@bff/upstream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';

/** An answer of ours that is more than a JSON document. */
export class Answer {
  constructor(
    readonly body: object | string | undefined,
    readonly headers: Readonly<Record<string, string>>,
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
      return super.reply(reply, body.body, statusCode);
    }
    return super.reply(reply, body, statusCode);
  }
}

function relay(reply: FastifyReply, { status, body, contentType, retryAfter }: UpstreamAnswer): FastifyReply {
  reply.code(status);
  if (contentType !== null) reply.header('content-type', contentType);
  if (retryAfter !== null) reply.header('retry-after', retryAfter);
  return reply.send(body ?? undefined);
}
