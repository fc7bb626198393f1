import { METHODS } from 'node:http';
import { type BffConfig } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { Sessions } from '@bff/session';
import { AccessControl } from '@bff/tenancy';
import { setConnectionAttemptTimeout } from '@bff/upstream';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import { BffAdapter } from './http/bff-adapter.js';
import { answerClientErrors, answerConnect } from './http/client-errors.js';
import { sendProblem, ProblemFilter } from './http/problem-filter.js';
import { OpenConnections } from './connections/open-connections.js';
import { Denials } from './observability/denials.js';
import { Log } from './observability/log.js';
import { Metrics } from './observability/metrics.js';
import { ClientAddresses } from './http/client-addresses.js';
import { RequestGuard, MAX_BODY_BYTES } from './http/request-guard.js';
import { ROUTES } from './http/routes.js';
import { parseFormBody } from './http/form-body.js';
import { parseJsonBody } from './http/json-body.js';
import { FORM } from './http/media-type.js';

/** Request line and headers together (docs/contract.md section 3). */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * The application in the order in which a request is processed; the service and every end-to-end test use the same.
 * Only {@link sendProblem} sends errors.
 */
export async function createApp(config: BffConfig): Promise<NestFastifyApplication> {
  setConnectionAttemptTimeout(config.upstreamTimeoutMs);
  const adapter = new BffAdapter({
    logger: false,
    skipMiddie: true,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: config.requestTimeouts.wholeMs,
    keepAliveTimeout: config.keepAliveMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: config.requestTimeouts.headersMs,
      connectionsCheckingInterval: config.requestTimeouts.checkMs,
      // A repeated Host or Content-Type is joined to a value that nothing knows, instead of one being picked.
      joinDuplicateHeaders: true,
      // Node would answer a request without Host by itself, without the headers of every answer.
      requireHostHeader: false,
    },
    // Nest answers other targets (`*`, an absolute form) before any hook of ours: they become one that is no route.
    rewriteUrl: ({ url = '' }) => (url.startsWith('/') ? url : '/*'),
    // The router counts what follows a slash as one id, however long; no such id is known then.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    clientErrorHandler: answerClientErrors((...answer) => log.refusedByParser(...answer)),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      let refusal: unknown = error;
      try {
        guard.begin(request, reply);
      } catch (earlier) {
        refusal = earlier;
      }
      reply.headers(request.bff.responseHeaders);
      sendProblem(request, reply, refusal);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: false,
  });
  const log = app.get(Log);
  const metrics = app.get(Metrics);
  const denials = app.get(Denials);
  const guard = new RequestGuard(
    app.get(FrontendRegistry),
    app.get(Sessions),
    app.get(AccessControl),
    app.get(ClientAddresses),
    (context, status) => {
      log.request(context, status);
      metrics.record(context, status);
      denials.note(context);
    },
  );
  app.useLogger(log);
  const fastify = app.getHttpAdapter().getInstance();
  app.get(OpenConnections).watch(fastify.server);
  // Every method reaches the hooks, so that the unlisted ones are 405 or 404 like any other.
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  }
  fastify.server.on(
    'connect',
    answerConnect((...answer) => log.refusedByParser(...answer)),
  );
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
  fastify.decorateRequest('bff');
  fastify.addHook('onRequest', guard.receive);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of Object.entries(request.bff.responseHeaders)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    if (request.bff.cookies.length > 0) reply.header('set-cookie', request.bff.cookies);
    done(null, payload);
  });
  fastify.addHook('onRoute', (route) => {
    const name = route.config?.operation;
    guard.register(String(route.method), route.url, name);
    if (name !== undefined) route.onRequest = guard.admit(name);
    const needsElevation = name !== undefined && ROUTES[name].needs === 'elevated-admin';
    route.preHandler = [
      ...(route.method === 'GET' ? [] : [guard.readmit]),
      guard.checkInput(route.config?.input),
      ...(needsElevation ? [guard.checkElevation] : []),
    ];
    if (route.method !== 'GET') route.preParsing = guard.checkMediaType;
  });
  fastify.removeAllContentTypeParsers();
  for (const [type, parse] of [
    ['application/json', parseJsonBody],
    [FORM, parseFormBody],
  ] as const) {
    fastify.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => {
      try {
        done(null, parse(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    });
  }
  app.useGlobalFilters(new ProblemFilter());
  return app;
}
