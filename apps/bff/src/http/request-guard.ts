import { type IncomingMessage } from 'node:http';
import {
  checkBrowser,
  type Frontend,
  type FrontendRegistry,
  isPlainTarget,
  originNotAllowed,
  preflightHeaders,
} from '@bff/frontends';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type Session, type Sessions } from '@bff/session';
import { type AccessControl, assertElevatedAdmin, isAdmin, isAdminNeed, isTenantNeed } from '@bff/tenancy';
import { type FastifyReply, type FastifyRequest, type RequestPayload } from 'fastify';
import { Authority } from './authority.js';
import { type ClientAddresses } from './client-addresses.js';
import { checkNames } from './json-body.js';
import { isForm, isReadable } from './media-type.js';
import { type ClosedListener, RequestContext } from './request-context.js';
import { readInput, type RouteInput } from './route-input.js';
import { RouteIndex } from './route-index.js';
import { type RouteDefinition, type RouteName, ROUTES } from './routes.js';

/** The longest body, in bytes (docs/contract.md section 3). */
export const MAX_BODY_BYTES = 1024 * 1024;

type Done = (error?: Error) => void;

/**
 * Hops 1 to 3, as hooks that run before a body is read: host, route and method, browser checks, session,
 * tenant and role, in the order of docs/contract.md section 3. Each hook rejects the request by throwing a Problem.
 */
export class RequestGuard {
  private readonly routes = new RouteIndex();
  private readonly authority: Authority;

  constructor(
    private readonly frontends: FrontendRegistry,
    private readonly sessions: Sessions,
    private readonly access: AccessControl,
    private readonly addresses: ClientAddresses,
    private readonly onClosed: ClosedListener,
  ) {
    this.authority = new Authority(sessions, access);
  }

  /** Every route must be in the route table, under exactly its method and path, or the application does not start. */
  register(method: string, path: string, name: RouteName | undefined): RouteDefinition {
    const route: RouteDefinition | undefined = name === undefined ? undefined : ROUTES[name];
    if (route?.method !== method || route.path !== path) {
      throw new Error(`The route ${method} ${path} is not in the route table`);
    }
    this.routes.add(method, path, route.provider === true);
    return route;
  }

  /** The first hook of every request, with or without a route. */
  readonly receive = (request: FastifyRequest, reply: FastifyReply, done: Done): void => {
    try {
      const frontend = this.begin(request, reply);
      if (!isPlainTarget(request.raw.url ?? '')) throw new Problem('bff_route_not_found');
      if (request.is404) this.answerWithoutRoute(request.raw, reply, frontend);
      else done();
    } catch (error) {
      done(error as Error);
    }
  };

  /**
   * Gives a request its context and makes the checks that come before any route.
   * @throws Problem 400, 413 or 421
   */
  begin(request: FastifyRequest, reply: FastifyReply): Frontend {
    const { headers } = request.raw;
    const { host, origin } = headers;
    const frontend = this.frontends.atHost(host);
    // Asked for now, because a connection that is closed has no address any more.
    const address = this.addresses.of(request);
    request.bff = new RequestContext(frontend ?? null, address, reply.raw, this.authority, this.onClosed);
    if (origin !== undefined && frontend?.origins.has(origin) === true) request.bff.listedOrigin = origin;
    if (host === undefined) throw new InvalidInputProblem(['the header Host is required']);
    if (Number(headers['content-length']) > MAX_BODY_BYTES) throw new Problem('bff_payload_too_large');
    if (frontend === undefined) throw this.frontends.unknownHost(host);
    return frontend;
  }

  /** The hook of one route. */
  admit(name: RouteName): (request: FastifyRequest, reply: FastifyReply, done: Done) => void {
    const route: RouteDefinition = ROUTES[name];
    const intent = route.from ?? 'call';
    return (request, _reply, done) => {
      const context = request.bff;
      const { headers } = request.raw;
      context.operation = name;
      try {
        const frontend = frontendOf(context);
        if (route.provider === true && frontend.oidc === null) throw new Problem('bff_route_not_found');
        checkBrowser(frontend, headers, intent);
        if (route.needs === 'nothing') return done();
        this.admitCaller(request, route, frontend, route.passive === true, done);
      } catch (error) {
        done(error as Error);
      }
    };
  }

  /** Finds the session and what it may do now. */
  private admitCaller(
    request: FastifyRequest,
    route: RouteDefinition,
    frontend: Frontend,
    passive: boolean,
    done: Done,
  ): void {
    const found = this.sessions.find(request.raw.headers.cookie, frontend, passive);
    if (!(found instanceof Promise)) {
      this.grant(request, route, found);
      return done();
    }
    found
      .then((session) => this.grant(request, route, session))
      .then(
        () => done(),
        (error: Error) => done(error),
      );
  }

  /** A body may take its time: session, role and elevation are those of the moment at which all of it is there. */
  readonly readmit = (request: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    const { operation: name } = request.bff;
    const route: RouteDefinition | null = name === null ? null : ROUTES[name];
    if (route === null || route.needs === 'nothing' || !hasBody(request.raw)) return done();
    try {
      this.admitCaller(request, route, frontendOf(request.bff), true, done);
    } catch (error) {
      done(error as Error);
    }
  };

  /** Runs before the body is read: forms are for the one route that takes them, and that takes nothing else. */
  readonly checkMediaType = (
    { bff: { operation }, raw }: FastifyRequest,
    _reply: FastifyReply,
    payload: RequestPayload,
    done: (error: Error | null, payload?: RequestPayload) => void,
  ): void => {
    const takesForm = operation !== null && ROUTES[operation].form === true;
    if (isForm(raw) === takesForm && (!hasBody(raw) || isReadable(raw, takesForm))) done(null, payload);
    else done(new Problem('bff_unsupported_media_type'));
  };

  /** Step 9 of the order of checks; runs after the body was read, because input follows media type and size. */
  checkInput(input: RouteInput = {}): (request: FastifyRequest, reply: FastifyReply, done: Done) => void {
    return (request, _reply, done) => {
      const { headers, url = '' } = request.raw;
      try {
        // Repeated headers arrive joined. The body parser rejects such a type, but not every route reads a body.
        if (headers['content-type']?.includes(',')) {
          throw new InvalidInputProblem(['Content-Type must not be repeated']);
        }
        if (url.includes('?')) this.checkQuery(request);
        if (request.method === 'DELETE') assertSaysNothing(request.body);
        const reading = readInput(request, input);
        if (reading === undefined) done();
        else reading.then(() => done(), done);
      } catch (error) {
        done(error as Error);
      }
    };
  }

  /** Step 10 for routes of need `elevated-admin`. */
  readonly checkElevation = ({ bff }: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    try {
      assertElevatedAdmin(bff.currentSession());
      done();
    } catch (error) {
      done(error as Error);
    }
  };

  private checkQuery({ query, bff: { operation } }: FastifyRequest): void {
    checkNames(query);
    if (operation !== null && ROUTES[operation].query !== undefined) return;
    const names = Object.keys(query as object);
    if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
  }

  private grant(request: FastifyRequest, { needs }: RouteDefinition, session: Session | undefined): void {
    if (session === undefined) throw new Problem('bff_session_required');
    request.bff.session = session;
    const { tenantId } = request.params as { readonly tenantId?: string };
    request.bff.askedTenantId = tenantId ?? null;
    if (isAdminNeed(needs) && !isAdmin(session)) throw this.denied('bff_role_required', session);
    if (needs === 'password' && !session.user.hasPassword) throw new Problem('bff_role_required');
    if (tenantId === undefined || !isTenantNeed(needs)) return;
    try {
      request.bff.granted = this.access.accessTo(tenantId, needs, session);
    } catch (error) {
      const isUnknown = error instanceof Problem && error.errorCode === 'bff_tenant_not_found';
      throw isUnknown ? this.denied('bff_tenant_not_found', session) : error;
    }
  }

  /** An admin on a frontend of another class is told to use one of class admin; whether the tenant exists is not. */
  private denied(errorCode: 'bff_role_required' | 'bff_tenant_not_found', session: Session): Problem {
    const isAdminElsewhere = session.user.role === 'admin' && !isAdmin(session);
    return isAdminElsewhere ? this.frontends.adminFrontendRequired(errorCode) : new Problem(errorCode);
  }

  private answerWithoutRoute(
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
    const answer = preflightHeaders(frontend, origin, methods);
    if (answer === null) throw originNotAllowed(frontend, origin);
    reply.code(204).headers(answer).send();
  }
}

/** What a DELETE is about stands in its path and query: a body with members means something that will not happen. */
function assertSaysNothing(body: unknown): void {
  if (body === undefined || body === null) return;
  const names = typeof body === 'object' && !Array.isArray(body) ? Object.keys(body) : ['body'];
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function frontendOf({ frontend }: RequestContext): Frontend {
  if (frontend === null) throw new Problem('bff_unknown_host');
  return frontend;
}
