import { type Clock } from '@bff/config';
import { type Authorizer, type Credential } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { NotInMemoryError } from '@bff/state';
import { type Pool } from 'undici';
import { exchangeProblem, failureOf, successOf, UpstreamError } from './response-checks.js';
import { Exchange, type CompleteResponse, type ExchangeOwner } from './exchange.js';
import { type ServerConnections, type ServerPools } from './server-pools.js';
import { type TenantHealth } from './tenant-health.js';
import { type TenantLoad, type TenantLoads } from './tenant-loads.js';
import { type UpstreamResponse } from './upstream-response.js';
import { type ForwardScope, requestHeaders, requestTarget, type UpstreamCall } from './upstream-call.js';

/** Maximum reads of the session for one call, of which each is followed by an attempt to send. */
const MAX_SESSION_READS = 20;

/** The browser disconnected before the response; only the log reports this error. */
export class BrowserGoneError extends Error {
  override readonly name = 'BrowserGoneError';

  constructor() {
    super('The browser disconnected before the response');
  }
}

/** What all calls have in common. */
export interface CallServices {
  readonly authorizer: Authorizer;
  readonly loads: TenantLoads;
  readonly tenantHealth: TenantHealth;
  readonly pools: ServerPools;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** @throws Problem if the caller may no longer make a call that was admitted with this route and credential */
  assertAuthority(route: Route, credential: Credential, scope: ForwardScope): void;
}

/**
 * One upstream call under one deadline, from the token request to the last byte; it ends exactly once. One object and, for
 * each attempt to send, one more: the objects of a call are a visible part of the cost of a request.
 */
export class ForwardedCall implements ExchangeOwner {
  private readonly startedAt = performance.now();
  private deadline: NodeJS.Timeout | undefined;
  private exchange: Exchange | undefined;
  private authorization = '';
  private replayed = false;
  private resent = false;
  private sessionReads = 0;
  private load: TenantLoad | undefined;
  /** Bytes of the response that are counted in the load. */
  private heldBytes = 0;
  private isReleased = false;
  private hasEnded = false;
  private readonly connections: ServerConnections;
  /** The credential that the call was admitted with. */
  private readonly credential: Credential;

  /** @throws Problem `bff_upstream_unavailable` if the server has no URL or the owner no credential */
  constructor(
    private readonly services: CallServices,
    private readonly route: Route,
    private readonly scope: ForwardScope,
    private readonly call: UpstreamCall,
    private readonly accept: (response: UpstreamResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.connections = services.pools.to(route.server);
    this.credential = services.authorizer.credentialFor(route);
  }

  /** @throws Problem `bff_overloaded` */
  start(): void {
    const { loads, timeoutMs } = this.services;
    this.load = loads.begin(this.scope.tenant.recordId);
    this.deadline = setTimeout(() => this.timeOut(), timeoutMs);
    this.scope.onClosed((whole) => {
      this.release();
      if (!whole && !this.hasEnded) this.fail(new BrowserGoneError());
    });
    this.authorize();
  }

  beforeSend(): void {
    this.services.assertAuthority(this.route, this.credential, this.scope);
  }

  hold(bytes: number): boolean {
    if (this.isReleased || this.load === undefined || !this.services.loads.take(this.load, bytes))
      return false;
    this.heldBytes += bytes;
    return true;
  }

  completed(response: CompleteResponse): void {
    try {
      if (response.status < 300) this.succeed(successOf(response, this.call.method === 'DELETE'));
      else if (response.status === 401 && this.mayReplay(response)) this.authorize();
      else this.fail(failureOf(response));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  failed(exchange: Exchange, error: Error): void {
    if (this.mayResend(exchange, error)) this.authorize();
    else if (error instanceof NotInMemoryError) this.readSession(error);
    else this.fail(exchangeProblem(error, exchange.phase));
  }

  private release(): void {
    if (this.isReleased || this.load === undefined) return;
    this.isReleased = true;
    this.services.loads.giveBack(this.load, this.heldBytes);
  }

  /** A token request is shared by concurrent calls and continues if this call is cancelled. */
  private authorize(): void {
    this.exchange = undefined;
    try {
      if (this.replayed || this.resent) this.beforeSend();
      const { server } = this.route;
      const authorization = this.services.authorizer.authorizationFor(server, this.credential.latest());
      if (typeof authorization === 'string') this.send(authorization);
      else
        authorization.then(
          (value) => this.send(value),
          (error: Error) => this.fail(error),
        );
    } catch (error) {
      if (error instanceof NotInMemoryError) this.readSession(error);
      else this.fail(error as Error);
    }
  }

  private send(authorization: string): void {
    if (this.hasEnded) return;
    const { call, scope, connections } = this;
    this.authorization = authorization;
    this.exchange = new Exchange(this);
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    this.pool().dispatch(
      {
        method: call.method,
        path: requestTarget(connections.basePath, scope.tenant.projectId, call),
        headers: requestHeaders(scope.requestId, authorization, body !== null),
        body,
      },
      this.exchange,
    );
  }

  /** Nothing was sent, because this node did not know whether the session is still live. */
  private readSession(error: NotInMemoryError): void {
    this.sessionReads += 1;
    if (this.sessionReads > MAX_SESSION_READS) this.fail(error);
    else
      this.scope.currentSession().then(
        () => this.authorize(),
        (ended: Error) => this.fail(ended),
      );
  }

  private mayReplay({ headers }: CompleteResponse): boolean {
    const challenge = String(headers['www-authenticate'] ?? '');
    const { authorizer } = this.services;
    const after = authorizer.afterRefusal(this.route.server, this.credential, this.authorization, challenge);
    if (after === 'final' || this.replayed) return false;
    this.replayed = true;
    return true;
  }

  /**
   * A read whose connection was closed before any byte of the response is sent once more, on a new
   * connection.
   */
  private mayResend(exchange: Exchange, error: Error): boolean {
    if (this.call.method !== 'GET' || this.resent || !exchange.closedBeforeResponse(error)) return false;
    this.resent = true;
    return true;
  }

  private pool(): Pool {
    const { reads, writes, fresh } = this.connections;
    if (this.resent) return fresh;
    return this.call.method === 'GET' ? reads : writes;
  }

  private timeOut(): void {
    const phase = this.exchange?.phase ?? 'token';
    const cause = Object.assign(new Error(`The deadline passed in phase ${phase}`), {
      code: `DEADLINE_${phase.toUpperCase()}`,
    });
    this.fail(new Problem('bff_upstream_timeout', { additionalInformation: { phase }, cause }));
  }

  private succeed(response: UpstreamResponse): void {
    if (!this.end()) return;
    const { authorizer, tenantHealth, clock } = this.services;
    authorizer.succeeded(this.route.server, this.credential.latest());
    tenantHealth.succeeded(this.scope.tenant, clock());
    this.accept(response);
  }

  private fail(error: Error): void {
    if (!this.end()) return;
    this.exchange?.cancel();
    if (error instanceof Problem || error instanceof UpstreamError) {
      this.services.tenantHealth.failed(this.scope.tenant, error.errorCode);
    }
    this.reject(error);
  }

  private end(): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    clearTimeout(this.deadline);
    if (this.load !== undefined) this.services.loads.end(this.load);
    this.scope.upstream = { server: this.route.server.name, ms: performance.now() - this.startedAt };
    return true;
  }
}
