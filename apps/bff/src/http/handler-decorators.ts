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

/** Injects the tenant access of the request, as the scope of its upstream call. */
export const Access = createParamDecorator((_: unknown, execution: ExecutionContext): ForwardScope =>
  contextOf(execution),
);

/** Injects the frontend of the request. */
export const CurrentFrontend = createParamDecorator((_: unknown, execution: ExecutionContext): Frontend => {
  const { frontend } = contextOf(execution);
  if (frontend === null) throw new Error('A handler runs only for requests to a frontend');
  return frontend;
});

/** Injects the session of the request. */
export const CurrentSession = createParamDecorator((_: unknown, execution: ExecutionContext): Session => {
  const { session } = contextOf(execution);
  if (session === null) throw new Error('The route table requires no session on this route');
  return session;
});

/** Injects the elevated admin as the actor of a directory change; for routes that need `elevated-admin`. */
export const AdminActor = createParamDecorator((_: unknown, execution: ExecutionContext): Actor => {
  const context = contextOf(execution);
  const { session } = context;
  if (session === null) throw new Error('The route table requires no session on this route');
  return elevatedAdmin(session, context);
});
