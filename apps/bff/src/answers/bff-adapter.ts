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

/** Writes what Nest's handlers return: JSON of ours. */
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
    if (body instanceof Answer) {
      reply.headers(body.headers);
      return super.reply(reply, body.body, body.status ?? statusCode);
    }
    return super.reply(reply, body, statusCode);
  }
}
