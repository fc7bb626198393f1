import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';

/** A response of a handler with headers, a status or a body other than JSON; without a type argument it has no body. */
export class HttpResponse<Body extends object | string | undefined = undefined> {
  constructor(
    readonly body: Body,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Overrides the status of the route. */
    readonly status?: number,
  ) {}
}

/** Nest adapter for handlers that return an {@link HttpResponse}. */
export class BffAdapter extends FastifyAdapter {
  /** Keeps the code of an error: Nest would wrap Fastify's errors and keep only the status. */
  override mapException(error: unknown): unknown {
    return error;
  }

  override reply(
    response: FastifyReply['raw'] | FastifyReply,
    body: unknown,
    statusCode?: number,
  ): ReturnType<FastifyAdapter['reply']> {
    const reply = response as FastifyReply;
    if (body instanceof HttpResponse) {
      reply.headers(body.headers);
      return super.reply(reply, body.body, body.status ?? statusCode);
    }
    return super.reply(reply, body, statusCode);
  }
}
