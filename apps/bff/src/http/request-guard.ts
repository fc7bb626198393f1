import { type IncomingMessage } from 'node:http';
import {
  checkBrowser,
  type Frontend,
  FrontendRegistry,
  isPlainTarget,
  originNotAllowed,
  preflightHeaders,
} from '@bff/frontends';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type Session, Sessions } from '@bff/session';
import { AccessControl, assertElevatedAdmin, isAdmin, isAdminNeed, isTenantNeed } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Authority } from './authority.js';
import { ClientAddresses } from './client-addresses.js';
import { hasBody } from './input-checks.js';
import { ClosedRequests } from '../observability/closed-requests.js';
import { RequestContext } from './request-context.js';
import { RouteIndex } from './route-index.js';
import { type RouteDefinition, type RouteName, ROUTES } from './routes.js';

/** Maximum size of a request body, in bytes (docs/contract.md section 3). */
export const MAX_BODY_BYTES = 1024 * 1024;

type Done = (error?: Error) => void;

/**
 * Hooks for steps 2 to 6 of the order of checks (docs/contract.md section 3), which run before a body is read, and
 * for step 10, which follows the input. Each hook rejects the request with a Problem.
 */
@Injectable()
export class RequestGuard {
  private readonly routes = new RouteIndex();
  private readonly authority: Authority;

  constructor(
    private readonly frontends: FrontendRegistry,
    private readonly sessions: Sessions,
    private readonly access: AccessControl,
    private readonly addresses: ClientAddresses,
    private readonly closed: ClosedRequests,
  ) {
    this.authority = new Authority(sessions, access);
  }

  /**
   * Registers a route.
   * @throws Error unless the route table has it with this method and path, so that the application does not start
   */
  register(method: string, path: string, name: RouteName | undefined): RouteDefinition {
    const route: RouteDefinition | undefined = name === undefined ? undefined : ROUTES[name];
    if (route?.method !== method || route.path !== path) {
      throw new Error(`The route ${method} ${path} is not in the route table`);
    }
    this.routes.add(method, path, route.provider === true);
    return route;
  }

  /** The first hook of every request, with or without a route. */
  readonly onRequest = (request: FastifyRequest, reply: FastifyReply, done: Done): void => {
    try {
      const frontend = this.createContext(request, reply);
      if (!isPlainTarget(request.raw.url ?? '')) throw new Problem('bff_route_not_found');
      if (request.is404) this.handleUnmatched(request.raw, reply, frontend);
      else done();
    } catch (error) {
      done(error as Error);
    }
  };

  /**
   * Creates the context of a request and runs the checks that precede the route.
   * @throws Problem 400, 413 or 421
   */
  createContext(request: FastifyRequest, reply: FastifyReply): Frontend {
    const { headers } = request.raw;
    const { host, origin } = headers;
    const frontend = this.frontends.atHost(host);
    // Read now, because a closed connection no longer has an address.
    const address = this.addresses.of(request);
    request.bff = new RequestContext(
      frontend ?? null,
      address,
      reply.raw,
      this.authority,
      this.closed.record,
    );
    if (origin !== undefined && frontend?.origins.has(origin) === true) request.bff.listedOrigin = origin;
    if (host === undefined) throw new InvalidInputProblem(['the header Host is required']);
    if (Number(headers['content-length']) > MAX_BODY_BYTES) throw new Problem('bff_payload_too_large');
    if (frontend === undefined) throw this.frontends.unknownHost(host);
    return frontend;
  }

  /** Creates the hook that authorizes the requests of one route (steps 4 to 6). */
  authorize(name: RouteName): (request: FastifyRequest, reply: FastifyReply, done: Done) => void {
    const route: RouteDefinition = ROUTES[name];
    const intent = route.from ?? 'call';
    return (request, _reply, done) => {
      const context = request.bff;
      context.operation = name;
      try {
        const frontend = frontendOf(context);
        if (route.provider === true && frontend.oidc === null) throw new Problem('bff_route_not_found');
        checkBrowser(frontend, request.raw.headers, intent);
      } catch (error) {
        return done(error as Error);
      }
      if (route.needs === 'nothing') done();
      else this.authorizeSession(request, route, route.passive === true, done);
    };
  }

  /** Finds the session and checks its access to the route. */
  private authorizeSession(
    request: FastifyRequest,
    route: RouteDefinition,
    passive: boolean,
    done: Done,
  ): void {
    const { cookie } = request.raw.headers;
    let frontend: Frontend;
    let known: Session | undefined;
    try {
      frontend = frontendOf(request.bff);
      known = this.sessions.findInMemory(cookie, frontend, passive);
      if (known !== undefined) this.checkAccess(request, route, known);
    } catch (error) {
      return done(error as Error);
    }
    if (known !== undefined) return done();
    this.sessions
      .find(cookie, frontend, passive)
      .then((session) => this.checkAccess(request, route, session))
      .then(
        () => done(),
        (error: Error) => done(error),
      );
  }

  /**
   * Authorizes a request again once its body is complete, because session, role or elevation may have changed while
   * it was read.
   */
  readonly reauthorize = (request: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    const { operation: name } = request.bff;
    const route: RouteDefinition | null = name === null ? null : ROUTES[name];
    if (route === null || route.needs === 'nothing' || !hasBody(request.raw)) done();
    else this.authorizeSession(request, route, true, done);
  };

  /** Step 10 for routes of need `elevated-admin`. */
  readonly checkElevation = ({ bff }: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    bff
      .currentSession()
      .then(assertElevatedAdmin)
      .then(
        () => done(),
        (error: Error) => done(error),
      );
  };

  private checkAccess(
    request: FastifyRequest,
    { needs }: RouteDefinition,
    session: Session | undefined,
  ): void {
    if (session === undefined) throw new Problem('bff_session_required');
    request.bff.session = session;
    const { tenantId } = request.params as { readonly tenantId?: string };
    request.bff.requestedTenantId = tenantId ?? null;
    if (isAdminNeed(needs) && !isAdmin(session)) throw this.accessDenied('bff_role_required', session);
    if (needs === 'password' && !session.user.hasPassword) throw new Problem('bff_role_required');
    if (tenantId === undefined || !isTenantNeed(needs)) return;
    try {
      request.bff.grantedAccess = this.access.accessTo(tenantId, needs, session);
    } catch (error) {
      const isUnknown = error instanceof Problem && error.errorCode === 'bff_tenant_not_found';
      throw isUnknown ? this.accessDenied('bff_tenant_not_found', session) : error;
    }
  }

  /** Directs an admin on another frontend to one of class admin, without revealing whether the tenant exists. */
  private accessDenied(errorCode: 'bff_role_required' | 'bff_tenant_not_found', session: Session): Problem {
    const isAdminElsewhere = session.user.role === 'admin' && !isAdmin(session);
    return isAdminElsewhere ? this.frontends.adminFrontendRequired(errorCode) : new Problem(errorCode);
  }

  private handleUnmatched(
    { method = '', url = '', headers }: IncomingMessage,
    reply: FastifyReply,
    frontend: Frontend,
  ): void {
    const methods = this.routes.methodsAt(url.split('?', 1)[0] ?? '', frontend.oidc !== null);
    if (methods.length === 0) throw new Problem('bff_route_not_found');
    const { origin } = headers;
    const isPreflight =
      method === 'OPTIONS' && origin !== undefined && headers['access-control-request-method'] !== undefined;
    if (!isPreflight) throw new Problem('bff_method_not_allowed', { allow: methods.join(', ') });
    const preflight = preflightHeaders(frontend, origin, methods);
    if (preflight === null) throw originNotAllowed(frontend, origin);
    reply.code(204).headers(preflight).send();
  }
}

function frontendOf({ frontend }: RequestContext): Frontend {
  if (frontend === null) throw new Problem('bff_unknown_host');
  return frontend;
}
