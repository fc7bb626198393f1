import { Forwarder, type UpstreamCall } from '@bff/upstream';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { preferredWaitMs } from './preferred-wait.js';
import { sendProblem } from './problem-filter.js';
import { relay } from './relay.js';
import { type RouteDefinition, type RouteName, ROUTES } from './routes.js';

/**
 * Registers the routes that relay responses of the upstream. They are plain Fastify handlers behind the same hooks as
 * every other route, because Nest's router would take a quarter of the CPU of a request
 * (docs/decisions/0009-what-the-request-path-does-by-hand.md).
 */
@Injectable()
export class ProxiedRoutes {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly upstream: Forwarder,
  ) {}

  /** @param callOf creates the upstream call of a request; may throw InvalidInputProblem */
  add(name: RouteName, callOf: (request: FastifyRequest) => UpstreamCall): void {
    const { method, path }: RouteDefinition = ROUTES[name];
    this.host.httpAdapter.getInstance<FastifyInstance>().route({
      method,
      url: path,
      config: { operation: name },
      handler: (request, reply) => {
        request.bff.waitMs = preferredWaitMs(request.raw.headers.prefer?.toString());
        this.upstream.forward(request.bff, callOf(request)).then(
          (response) => relay(reply, response),
          (error: unknown) => sendProblem(request, reply, error),
        );
      },
    });
  }
}
