import { type Clock } from '@bff/config';
import { type Authorizer, type Credential } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { type Pool } from 'undici';
import { breakageOf, failureOf, successOf, UpstreamError } from './answer-checks.js';
import { Exchange, type WholeAnswer } from './exchange.js';
import { type Reservation, type ResponseMemoryBudget } from './response-memory-budget.js';
import { type ServerConnections } from './server-pools.js';
import { type TenantHealth } from './tenant-health.js';
import { type TenantConcurrencyLimit } from './tenant-concurrency-limit.js';
import { type UpstreamAnswer } from './upstream-answer.js';
import { type ForwardScope, requestHeaders, requestTarget, type UpstreamCall } from './upstream-call.js';

/** The browser left before the answer: nobody reads what would be said, but the log. */
export class BrowserGoneError extends Error {
  override readonly name = 'BrowserGoneError';

  constructor() {
    super('The browser left before the answer');
  }
}

/** What a call needs of the rest of the house. */
export interface CallContext {
  readonly authorizer: Authorizer;
  readonly responseMemory: ResponseMemoryBudget;
  readonly concurrencyLimit: TenantConcurrencyLimit;
  readonly tenantHealth: TenantHealth;
  readonly connections: ServerConnections;
  readonly url: URL;
  readonly route: Route;
  /** Those of the call's admission. */
  readonly credential: Credential;
  /** @throws Problem where the caller may no longer make this call */
  readonly assertAuthority: () => void;
  readonly clock: Clock;
}

/** One call under one deadline, from the token to the last byte; it ends once, whoever ends it. */
export class ForwardedCall {
  private readonly startedAt = performance.now();
  private deadline: NodeJS.Timeout | undefined;
  private exchange: Exchange | undefined;
  private authorization = '';
  private replayed = false;
  private resent = false;
  private readonly memory: Reservation;
  private over = false;

  constructor(
    private readonly context: CallContext,
    private readonly scope: ForwardScope,
    private readonly call: UpstreamCall,
    private readonly accept: (answer: UpstreamAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.memory = context.responseMemory.reserve(this.tenantKey);
  }

  /** What the limits of a tenant are counted by. */
  private get tenantKey(): string {
    return this.scope.tenant.recordId;
  }

  /** @throws Problem `bff_overloaded` */
  start(timeoutMs: number): void {
    this.context.concurrencyLimit.acquire(this.tenantKey);
    this.deadline = setTimeout(() => this.timeOut(), timeoutMs);
    this.scope.onClosed((whole) => {
      this.memory.release();
      if (!whole && !this.over) this.fail(new BrowserGoneError());
    });
    this.authorise();
  }

  /** A token request is shared: it goes on for the others, whoever stops waiting here. */
  private authorise(): void {
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
      this.fail(error as Error);
    }
  }

  private send(authorization: string): void {
    if (this.over) return;
    const { call, scope, context } = this;
    this.authorization = authorization;
    const exchange = new Exchange(
      context.assertAuthority,
      this.memory,
      (answer) => this.judge(answer),
      (error, phase) => {
        if (this.mayResend(exchange, error)) this.authorise();
        else this.fail(breakageOf(error, phase));
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

  private judge(answer: WholeAnswer): void {
    try {
      if (answer.status < 300) this.succeed(successOf(answer, this.call.method === 'DELETE'));
      else if (answer.status === 401 && this.mayReplay(answer)) this.authorise();
      else this.fail(failureOf(answer));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private mayReplay({ headers }: WholeAnswer): boolean {
    const challenge = String(headers['www-authenticate'] ?? '');
    const { authorizer, route, credential } = this.context;
    const after = authorizer.afterRefusal(route.server, credential, this.authorization, challenge);
    if (after === 'final' || this.replayed) return false;
    this.replayed = true;
    return true;
  }

  /** A read whose connection was closed before any byte of its answer is sent once more, as if for the first time. */
  private mayResend(exchange: Exchange, error: Error): boolean {
    if (this.call.method !== 'GET' || this.resent || !exchange.closedUnanswered(error)) return false;
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

  private succeed(answer: UpstreamAnswer): void {
    if (!this.end()) return;
    const { authorizer, tenantHealth, route, credential, clock } = this.context;
    authorizer.succeeded(route.server, credential.latest());
    tenantHealth.succeeded(this.scope.tenant, clock());
    this.accept(answer);
  }

  private fail(error: Error): void {
    if (!this.end()) return;
    this.exchange?.abandon();
    if (error instanceof Problem || error instanceof UpstreamError) {
      this.context.tenantHealth.failed(this.scope.tenant, error.errorCode);
    }
    this.reject(error);
  }

  private end(): boolean {
    if (this.over) return false;
    this.over = true;
    clearTimeout(this.deadline);
    this.context.concurrencyLimit.release(this.tenantKey);
    this.scope.upstream = { server: this.context.route.server.name, ms: performance.now() - this.startedAt };
    return true;
  }
}
