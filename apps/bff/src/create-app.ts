import { type BffConfig, ConfigurationError } from '@bff/config';
import { HashKeys } from '@bff/secrets';
import { setConnectionAttemptTimeout } from '@bff/upstream';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { OpenConnections } from './connections/open-connections.js';
import { BffAdapter } from './http/bff-adapter.js';
import { installBodyParsers } from './http/body-parsers.js';
import { type ClientErrorListener } from './http/client-errors.js';
import { installGuard } from './http/guard-hooks.js';
import { ProblemFilter } from './http/problem-filter.js';
import { RequestGuard } from './http/request-guard.js';
import { installResponseHeaders } from './http/response-headers.js';
import { routeAllRequests, serverOptions } from './http/server-options.js';
import { Log } from './observability/log.js';

/** Creates the application for the service and the end-to-end tests; the lines follow the order of request processing. */
export async function createApp(config: BffConfig): Promise<NestFastifyApplication> {
  setConnectionAttemptTimeout(config.upstreamTimeoutMs);
  const logRejected: ClientErrorListener = (...rejected) => app.get(Log).rejectedByParser(...rejected);
  const options = serverOptions(config, () => app.get(RequestGuard), logRejected);
  const adapter = new BffAdapter({ ...options, skipMiddie: true });
  const nest = { bodyParser: false, abortOnError: false, logger: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, nest);
  const { problems } = app.get(HashKeys);
  if (problems.length > 0) {
    await app.close();
    throw new ConfigurationError(problems);
  }
  app.useLogger(app.get(Log));
  const fastify = app.getHttpAdapter().getInstance();
  app.get(OpenConnections).watch(fastify.server);
  routeAllRequests(fastify, logRejected);
  installGuard(fastify, app.get(RequestGuard));
  installBodyParsers(fastify);
  app.useGlobalFilters(new ProblemFilter());
  installResponseHeaders(fastify);
  return app;
}
