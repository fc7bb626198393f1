import { type FastifyInstance } from 'fastify';

/** Adds the headers and cookies that every response carries, whichever handler or hook sends it. */
export function installResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ bff }, reply, payload, done) => {
    for (const [name, value] of Object.entries(bff.responseHeaders)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    if (bff.cookies.length > 0) reply.header('set-cookie', bff.cookies);
    done(null, payload);
  });
}
