import { METHODS, type Server } from 'node:http';
import { type BffConfig } from '@bff/config';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyHttpOptions,
} from 'fastify';
import { clientErrorResponder, connectResponder, type ClientErrorListener } from './client-errors.js';
import { sendProblem } from './problem-filter.js';
import { MAX_BODY_BYTES, type RequestGuard } from './request-guard.js';

/** Request line and headers together, in bytes (docs/contract.md section 3). */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Fastify's options.
 * @param guard called when a request arrives, because the guard is created after the server
 */
export function serverOptions(
  { requestTimeouts, keepAliveMs }: BffConfig,
  guard: () => RequestGuard,
  onRejected: ClientErrorListener,
): FastifyHttpOptions<Server> {
  return {
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestTimeouts.wholeMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: requestTimeouts.headersMs,
      connectionsCheckingInterval: requestTimeouts.checkMs,
      // A repeated Host or Content-Type is joined to an unknown value, instead of one being picked.
      joinDuplicateHeaders: true,
      // Node would answer a request without Host itself, without the headers of every response.
      requireHostHeader: false,
    },
    // Nest answers other targets (`*`, an absolute form) before any hook: they become a path that is not a route.
    rewriteUrl: ({ url = '' }) => (url.startsWith('/') ? url : '/*'),
    // The router takes everything up to the next slash as an id, however long; such an id is unknown then.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    clientErrorHandler: clientErrorResponder(onRejected),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      let problem: unknown = error;
      try {
        guard().createContext(request, reply);
      } catch (earlier) {
        problem = earlier;
      }
      reply.headers(request.bff.responseHeaders);
      sendProblem(request, reply, problem);
    },
  };
}

/** Routes to the hooks what Node or Fastify would answer themselves: unlisted methods, `Expect`, CONNECT. */
export function routeAllRequests(fastify: FastifyInstance, onRejected: ClientErrorListener): void {
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  fastify.server.on('connect', connectResponder(onRejected));
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
}
