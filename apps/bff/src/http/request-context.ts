import { randomUUID } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { type AuditActor, SERVICE } from '@bff/audit';
import { corsHeaders, type Frontend, HEADERS_WITHOUT_FRONTEND, type ResponseHeaders } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { actorOf, type Session } from '@bff/session';
import { type Caller, type TenantAccess, type TenantRecord, type TenantRelation } from '@bff/tenancy';
import { type ForwardScope } from '@bff/upstream';
import { type Authority } from './authority.js';
import { type RouteInput } from './route-input.js';
import { type RouteName, ROUTES } from './routes.js';

/** Called when the response has been sent or the connection was closed. */
export type ClosedListener = (context: RequestContext, status: number) => void;

/** Logged status of a request whose client disconnected before the response; nginx introduced it. */
const CLIENT_CLOSED_REQUEST = 499;

const NO_COOKIES: readonly string[] = [];

/** State of one request, which the hooks fill in and the log line reports. */
export class RequestContext implements ForwardScope {
  readonly requestId = randomUUID();
  readonly startedAt = performance.now();
  operation: RouteName | null = null;
  session: Session | null = null;
  grantedAccess: TenantAccess | null = null;
  /** The tenant id in the path, whether or not the tenant exists. */
  requestedTenantId: string | null = null;
  upstream: { server: string; ms: number } | null = null;
  errorCode: string | null = null;
  waitMs: number | null = null;
  /** Cookies that the response sets, errors included. */
  cookies: readonly string[] = NO_COOKIES;
  /** The `Origin` of the request, if the frontend lists it. */
  listedOrigin: string | null = null;
  private closeListener: ((completed: boolean) => void) | null = null;

  constructor(
    readonly frontend: Frontend | null,
    readonly clientAddress: string,
    private readonly response: ServerResponse,
    private readonly authority: Authority,
    onClosed: ClosedListener,
  ) {
    response.on('close', () => {
      const completed = response.writableFinished;
      this.closeListener?.(completed);
      onClosed(this, completed ? response.statusCode : CLIENT_CLOSED_REQUEST);
    });
  }

  /** The headers of every response (docs/contract.md section 3). */
  get responseHeaders(): ResponseHeaders {
    return {
      ...(this.frontend?.responseHeaders ?? HEADERS_WITHOUT_FRONTEND),
      ...(this.listedOrigin === null ? {} : corsHeaders(this.listedOrigin)),
      'x-request-id': this.requestId,
    };
  }

  /** The actor of this request, for the audit log. */
  get actor(): AuditActor {
    return this.session === null ? SERVICE : actorOf(this.session, this.clientAddress);
  }

  get caller(): Caller {
    return this.access.caller;
  }

  get tenant(): TenantRecord {
    return this.access.tenant;
  }

  get relation(): TenantRelation {
    return this.access.relation;
  }

  /** Finds the session of this request again, as it is now. @throws Problem `bff_session_required` */
  async currentSession(): Promise<Session> {
    if (this.session === null) throw new Problem('bff_session_required');
    this.session = await this.authority.currentSession(this.session);
    return this.session;
  }

  currentAccess(): TenantAccess {
    const { operation } = this;
    if (this.session === null || operation === null) throw new Problem('bff_session_required');
    return this.authority.currentAccess(this.tenant.id, ROUTES[operation].needs, this.session);
  }

  onClosed(listener: (completed: boolean) => void): void {
    if (this.response.destroyed) listener(this.response.writableFinished);
    else this.closeListener = listener;
  }

  private get access(): TenantAccess {
    if (this.grantedAccess === null) throw new Error('No access to a tenant was granted on this route');
    return this.grantedAccess;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the first hook, for every request that reached the router. */
    bff: RequestContext;
  }
  interface FastifyContextConfig {
    operation?: RouteName;
    input?: RouteInput;
  }
}
