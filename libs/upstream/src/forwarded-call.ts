import { type Clock } from '@bff/config';
import { type Authorizer, type Credential } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { NotInMemoryError } from '@bff/state';
import { type Pool } from 'undici';
import { exchangeProblem, failureOf, successOf, UpstreamError } from './response-checks.js';
import { Exchange, type CompleteResponse, type ResponseMemory } from './exchange.js';
import { type ServerConnections } from './server-pools.js';
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

/** The dependencies of one call. */
export interface CallContext {
  readonly authorizer: Authorizer;
  readonly loads: TenantLoads;
  readonly tenantHealth: TenantHealth;
  readonly connections: ServerConnections;
  readonly url: URL;
  readonly route: Route;
  /** The credential that the call was admitted with. */
  readonly credential: Credential;
  /** @throws Problem if the caller may no longer make this call */
  readonly assertAuthority: () => void;
  readonly clock: Clock;
}

/** One upstream call under one deadline, from the token request to the last byte; it ends exactly once. */
export class ForwardedCall implements ResponseMemory {
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

  constructor(
    private readonly context: CallContext,
    private readonly scope: ForwardScope,
    private readonly call: UpstreamCall,
    private readonly accept: (response: UpstreamResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  /** @throws Problem `bff_overloaded` */
  start(timeoutMs: number): void {
    this.load = this.context.loads.begin(this.scope.tenant.recordId);
    this.deadline = setTimeout(() => this.timeOut(), timeoutMs);
    this.scope.onClosed((whole) => {
      this.release();
      if (!whole && !this.hasEnded) this.fail(new BrowserGoneError());
    });
    this.authorize();
  }

  take(bytes: number): boolean {
    if (this.isReleased || this.load === undefined || !this.context.loads.take(this.load, bytes))
      return false;
    this.heldBytes += bytes;
    return true;
  }

  private release(): void {
    if (this.isReleased || this.load === undefined) return;
    this.isReleased = true;
    this.context.loads.giveBack(this.load, this.heldBytes);
  }

  /** A token request is shared by concurrent calls and continues if this call is cancelled. */
  private authorize(): void {
    this.exchange = undefined;
    try {
      const { authorizer, route, credential, assertAuthority } = this.context;
      if (this.replayed || this.resent) assertAuthority();
      const authorization = authorizer.authorizationFor(route.server, credential.latest());
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
    const { call, scope, context } = this;
    this.authorization = authorization;
    const exchange = new Exchange(
      context.assertAuthority,
      this,
      (response) => this.onResponse(response),
      (error, phase) => {
        if (this.mayResend(exchange, error)) this.authorize();
        else if (error instanceof NotInMemoryError) this.readSession(error);
        else this.fail(exchangeProblem(error, phase));
      },
    );
    this.exchange = exchange;
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    this.connections().dispatch(
      {
        method: call.method,
        path: requestTarget(context.url, scope.tenant.projectId, call),
        headers: requestHeaders(scope.requestId, authorization, body !== null),
        body,
      },
      exchange,
    );
  }

  private onResponse(response: CompleteResponse): void {
    try {
      if (response.status < 300) this.succeed(successOf(response, this.call.method === 'DELETE'));
      else if (response.status === 401 && this.mayReplay(response)) this.authorize();
      else this.fail(failureOf(response));
    } catch (error) {
      this.fail(error as Error);
    }
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
    const { authorizer, route, credential } = this.context;
    const after = authorizer.afterRefusal(route.server, credential, this.authorization, challenge);
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

  private connections(): Pool {
    const { reads, writes, fresh } = this.context.connections;
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
    const { authorizer, tenantHealth, route, credential, clock } = this.context;
    authorizer.succeeded(route.server, credential.latest());
    tenantHealth.succeeded(this.scope.tenant, clock());
    this.accept(response);
  }

  private fail(error: Error): void {
    if (!this.end()) return;
    this.exchange?.cancel();
    if (error instanceof Problem || error instanceof UpstreamError) {
      this.context.tenantHealth.failed(this.scope.tenant, error.errorCode);
    }
    this.reject(error);
  }

  private end(): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    clearTimeout(this.deadline);
    if (this.load !== undefined) this.context.loads.end(this.load);
    this.scope.upstream = { server: this.context.route.server.name, ms: performance.now() - this.startedAt };
    return true;
  }
}
