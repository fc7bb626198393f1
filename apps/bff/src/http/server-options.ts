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

/** Maximum size of request line and headers together, in bytes (docs/contract.md section 3). */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Creates the options of the Fastify server.
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
      // Joins a repeated Host or Content-Type into an invalid value instead of picking one of them.
      joinDuplicateHeaders: true,
      // Node would reject a request without Host itself and omit the headers of every response.
      requireHostHeader: false,
    },
    // Nest responds to other targets (`*`, absolute form) before any hook, so they become a path without a route.
    rewriteUrl: ({ url = '' }) => (url.startsWith('/') ? url : '/*'),
    // An id of any length matches its route, so an overlong id is an unknown id.
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

/**
 * Passes requests to the hooks that Node or Fastify would reject themselves (unlisted methods, `Expect`), and rejects
 * CONNECT.
 */
export function routeAllRequests(fastify: FastifyInstance, onRejected: ClientErrorListener): void {
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  fastify.server.on('connect', connectResponder(onRejected));
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
}
