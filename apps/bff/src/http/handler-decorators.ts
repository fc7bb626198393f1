import { type Actor, elevatedAdmin } from '@bff/directory';
import { type Frontend } from '@bff/frontends';
import { type Session } from '@bff/session';
import { type ForwardScope } from '@bff/upstream';
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyRequest } from 'fastify';
import { type RouteInput } from './route-input.js';
import { type RouteDefinition, type RouteName, ROUTES } from './routes.js';

/** Binds a handler to a route; method, path, status and needs come from the route table. */
export function Serves(name: RouteName, input: RouteInput = {}): MethodDecorator {
  const { method, path, status }: RouteDefinition = ROUTES[name];
  return applyDecorators(
    RequestMapping({ method: RequestMethod[method], path }),
    HttpCode(status),
    RouteConfig({ operation: name, input }),
  );
}

function contextOf(execution: ExecutionContext): FastifyRequest['bff'] {
  return execution.switchToHttp().getRequest<FastifyRequest>().bff;
}

/** The tenant that the caller may act for on this request, and who waits for the answer. */
export const Access = createParamDecorator((_: unknown, execution: ExecutionContext): ForwardScope =>
  contextOf(execution),
);

/** The frontend that this request came to. */
export const CurrentFrontend = createParamDecorator((_: unknown, execution: ExecutionContext): Frontend => {
  const { frontend } = contextOf(execution);
  if (frontend === null) throw new Error('No route is reached without a frontend');
  return frontend;
});

/** The living session of this request. */
export const CurrentSession = createParamDecorator((_: unknown, execution: ExecutionContext): Session => {
  const { session } = contextOf(execution);
  if (session === null) throw new Error('The route table requires no session on this route');
  return session;
});

/** Permits this request of an elevated admin to change the directory; on routes of need `elevated-admin`. */
export const AdminActor = createParamDecorator((_: unknown, execution: ExecutionContext): Actor => {
  const context = contextOf(execution);
  return elevatedAdmin(context.currentSession(), context);
});
