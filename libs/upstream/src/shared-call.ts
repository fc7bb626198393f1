import { type Clock } from '@bff/config';
import { type Authorizer, type Credential } from '@bff/credentials';
import { Problem, retryAfterOf } from '@bff/problems';
import { type CircuitBreaker, type Outcome } from '@bff/resilience';
import { type Route } from '@bff/server-routing';
import { NotInMemoryError } from '@bff/state';
import { type Pool } from 'undici';
import { type CompleteResponse, Exchange, type ExchangeOwner } from './exchange.js';
import { type Lane } from './lane.js';
import { exchangeProblem, failureOf, successOf, type UpstreamError } from './response-checks.js';
import {
  concernsTenant,
  DEFAULT_REFUSAL_MS,
  healthAfter,
  isGatewayFailure,
  isLost,
  isRepeatable,
  millisecondsOf,
  retryDelayMs,
} from './retry-rules.js';
import { type ServerConnections } from './server-pools.js';
import { type TenantHealth } from './tenant-health.js';
import { type TenantLoad, type TenantLoads } from './tenant-loads.js';
import { type ForwardScope, requestHeaders, type UpstreamCall } from './upstream-call.js';
import { type UpstreamCounts } from './upstream-counts.js';
import { type AwaitedCall, type WaitingCaller } from './waiting-caller.js';

/** Maximum reads of the sessions for one call, of which each is followed by an attempt to send. */
const MAX_SESSION_READS = 20;

/** Maximum repetitions of a read (docs/contract.md section 5). */
const MAX_RETRIES = 2;

/** Maximum wait for a place among the concurrent calls of the tenant, in milliseconds. */
const MAX_QUEUED_MS = 1_000;

/** What all calls have in common. */
export interface CallServices {
  readonly authorizer: Authorizer;
  readonly loads: TenantLoads;
  readonly tenantHealth: TenantHealth;
  readonly counts: UpstreamCounts;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** @throws Problem if the caller may no longer make a call that was admitted with this route and credential */
  assertAuthority(route: Route, credential: Credential, scope: ForwardScope): void;
}

/** What one call consists of. */
export interface CallParts {
  readonly route: Route;
  /** The credential that the call was admitted with. */
  readonly credential: Credential;
  readonly connections: ServerConnections;
  readonly load: TenantLoad;
  readonly lane: Lane;
  readonly call: UpstreamCall;
  readonly target: string;
}

/**
 * One upstream call for one caller or, if it is a read, for several that asked the same: from the token request to the last
 * byte. It ends exactly once; when no caller waits any more, it is cancelled.
 */
export class SharedCall implements ExchangeOwner, AwaitedCall {
  readonly serverName: string;
  readonly target: string;
  readonly credential: Credential;
  private readonly breaker: CircuitBreaker;
  private readonly isRead: boolean;
  private readonly waiting: WaitingCaller[] = [];
  private exchange: Exchange | undefined;
  private authorization = '';
  private hasNewToken = false;
  private retries = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private queueTimer: NodeJS.Timeout | undefined;
  private sessionReads = 0;
  private place: 'none' | 'queued' | 'taken' = 'none';
  /** Whether the circuit waits for the outcome of an attempt. */
  private isAdmitted = false;
  private isProbe = false;
  /** Bytes of the response that are counted in the load, until no browser reads them any more. */
  private heldBytes = 0;
  private readers = 0;
  private hasEnded = false;

  constructor(
    private readonly services: CallServices,
    private readonly parts: CallParts,
  ) {
    const { route, target, credential, lane, call } = parts;
    this.serverName = route.server.name;
    this.target = target;
    this.credential = credential;
    this.isRead = call.method === 'GET';
    this.breaker = this.isRead ? lane.reads : lane.writes;
  }

  /** @throws Problem `bff_overloaded` */
  start(caller: WaitingCaller): void {
    const { loads } = this.services;
    const { load, lane } = this.parts;
    this.place = loads.enter(load, this) ? 'taken' : 'queued';
    if (this.isRead) lane.share(this);
    this.join(caller);
    // The browser may be gone already.
    if (this.hasEnded) return;
    if (this.place === 'taken') this.begin();
    else this.queueTimer = setTimeout(() => this.fail(new Problem('bff_overloaded')), MAX_QUEUED_MS);
  }

  join(caller: WaitingCaller): void {
    this.waiting.push(caller);
    this.readers += 1;
    caller.waitFor(this);
  }

  proceed(): void {
    this.place = 'taken';
    clearTimeout(this.queueTimer);
    this.begin();
  }

  overdue(): Problem {
    if (this.place === 'queued') return new Problem('bff_overloaded');
    const phase = this.exchange?.phase ?? 'token';
    const cause = Object.assign(new Error(`The deadline passed in phase ${phase}`), {
      code: `DEADLINE_${phase.toUpperCase()}`,
    });
    return new Problem('bff_upstream_timeout', { additionalInformation: { phase }, cause });
  }

  leave(caller: WaitingCaller, isOverdue: boolean): void {
    this.waiting.splice(this.waiting.indexOf(caller), 1);
    if (this.waiting.length > 0 || this.hasEnded) return;
    // A caller that wanted to wait less than usual says nothing about the upstream.
    const wasSlow = isOverdue && caller.timeoutMs === this.services.timeoutMs;
    this.settle(wasSlow && this.exchange !== undefined ? 'failure' : 'unknown');
    this.exchange?.cancel();
    this.end();
  }

  release(): void {
    this.readers -= 1;
    if (this.readers === 0) this.services.loads.giveBack(this.parts.load, this.heldBytes);
  }

  beforeSend(): void {
    const { route } = this.parts;
    if (this.waiting.length === 1) {
      const [only] = this.waiting as [WaitingCaller];
      return this.services.assertAuthority(route, this.credential, only.scope);
    }
    const rejected = this.waiting.flatMap((caller) => {
      const error = this.authorityProblem(caller);
      if (error === null) return [];
      caller.fail(this, error);
      return [{ caller, error }];
    });
    const [first] = rejected;
    if (first !== undefined && rejected.length === this.waiting.length) throw first.error;
    for (const { caller } of rejected) this.waiting.splice(this.waiting.indexOf(caller), 1);
  }

  hold(bytes: number): boolean {
    if (this.readers === 0 || !this.services.loads.take(this.parts.load, bytes)) return false;
    this.heldBytes += bytes;
    return true;
  }

  completed(response: CompleteResponse): void {
    try {
      if (response.status < 300) {
        this.settle('success');
        this.succeed(response);
      } else if (response.status === 401 && this.mayRenewToken(response)) {
        this.settle('success');
        this.attempt();
      } else this.refused(response, failureOf(response));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  failed(exchange: Exchange, error: Error): void {
    if (error instanceof NotInMemoryError) return this.readSessions(error);
    const wasAlive = !this.breaker.hasJustFailed;
    this.settle(isLost(error) ? 'failure' : 'unknown');
    if (isRepeatable(exchange, error)) {
      // Servers close idle connections at any time, which says nothing about their load.
      const isFree = wasAlive && this.retries === 0 && exchange.phase === 'headers';
      const delayMs = isFree ? 0 : retryDelayMs(this.retries);
      if (this.retry(delayMs, isFree)) return;
    }
    this.fail(exchangeProblem(error, exchange.phase));
  }

  private begin(): void {
    this.parts.lane.retries.countCall();
    this.attempt();
  }

  /** A token request is shared by concurrent calls and continues if this call is cancelled. */
  private attempt(): void {
    if (this.hasEnded) return;
    this.exchange = undefined;
    try {
      this.isProbe = this.breaker.admit();
      this.isAdmitted = true;
      if (this.hasNewToken || this.retries > 0) this.beforeSend();
      const { server } = this.parts.route;
      const authorization = this.services.authorizer.authorizationFor(server, this.credential.latest());
      if (typeof authorization === 'string') this.send(authorization);
      else
        authorization.then(
          (value) => this.send(value),
          (error: Error) => this.fail(error),
        );
    } catch (error) {
      if (error instanceof NotInMemoryError) this.readSessions(error);
      else this.fail(error as Error);
    }
  }

  private send(authorization: string): void {
    const [first] = this.waiting;
    if (this.hasEnded || first === undefined) return;
    const { call } = this.parts;
    this.authorization = authorization;
    this.exchange = new Exchange(this);
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    this.pool().dispatch(
      {
        method: call.method,
        path: this.target,
        headers: requestHeaders(first.scope.requestId, authorization, body !== null),
        body,
      },
      this.exchange,
    );
  }

  private pool(): Pool {
    const { reads, writes, fresh } = this.parts.connections;
    if (this.retries > 0) return fresh;
    return this.isRead ? reads : writes;
  }

  private refused(response: CompleteResponse, failure: UpstreamError | Problem): void {
    const { status, headers } = response;
    this.settle(healthAfter(status, failure));
    const announced = millisecondsOf(retryAfterOf(headers['retry-after']), this.services.clock());
    if (concernsTenant(status, failure)) this.parts.lane.refuse(announced ?? DEFAULT_REFUSAL_MS);
    if (isGatewayFailure(response) && this.retry(retryDelayMs(this.retries, announced), false)) return;
    this.fail(failure);
  }

  /**
   * Repeats a read if it may be repeated within the deadline of a caller.
   * @param isFree whether it does not count as a retry in the budget
   */
  private retry(delayMs: number, isFree: boolean): boolean {
    if (!this.isRead || this.retries === MAX_RETRIES) return false;
    if (!this.waiting.some(({ remainingMs }) => remainingMs > delayMs)) return false;
    if (!isFree && !this.parts.lane.retries.take()) return false;
    this.retries += 1;
    this.services.counts.retries += 1;
    if (delayMs === 0) this.attempt();
    else this.retryTimer = setTimeout(() => this.attempt(), delayMs);
    return true;
  }

  /** Nothing was sent, because this node did not know whether the sessions are still live. */
  private readSessions(error: NotInMemoryError): void {
    this.settle('unknown');
    this.sessionReads += 1;
    if (this.sessionReads > MAX_SESSION_READS) return this.fail(error);
    const readings = [...this.waiting].map((caller) =>
      caller.scope.currentSession().catch((ended: Error) => this.dismiss(caller, ended)),
    );
    void Promise.all(readings).then(() => this.attempt());
  }

  private mayRenewToken({ headers }: CompleteResponse): boolean {
    const challenge = String(headers['www-authenticate'] ?? '');
    const { server } = this.parts.route;
    const { authorizer } = this.services;
    const after = authorizer.afterRefusal(server, this.credential, this.authorization, challenge);
    if (after === 'final' || this.hasNewToken) return false;
    this.hasNewToken = true;
    return true;
  }

  private settle(outcome: Outcome): void {
    if (!this.isAdmitted) return;
    this.isAdmitted = false;
    this.breaker.record(outcome, this.isProbe);
  }

  /** @throws NotInMemoryError if the session of the caller must be read first */
  private authorityProblem(caller: WaitingCaller): Error | null {
    try {
      this.services.assertAuthority(this.parts.route, this.credential, caller.scope);
      return null;
    } catch (error) {
      if (error instanceof NotInMemoryError) throw error;
      return error as Error;
    }
  }

  /** Ends the wait of one caller, unless it has left already. */
  private dismiss(caller: WaitingCaller, error: Error): void {
    if (caller.fail(this, error)) this.leave(caller, false);
  }

  private succeed(complete: CompleteResponse): void {
    const { services, parts, waiting } = this;
    const response = successOf(complete, parts.call.method === 'DELETE');
    services.authorizer.succeeded(parts.route.server, this.credential.latest());
    const [first] = waiting;
    if (first !== undefined) services.tenantHealth.succeeded(first.scope.tenant, services.clock());
    this.end();
    for (const caller of waiting) caller.succeed(this, response);
  }

  private fail(error: Error): void {
    if (this.hasEnded) return;
    this.settle('unknown');
    this.exchange?.cancel();
    this.end();
    for (const caller of this.waiting) caller.fail(this, error);
  }

  private end(): void {
    const { services, parts, place } = this;
    this.hasEnded = true;
    clearTimeout(this.retryTimer);
    clearTimeout(this.queueTimer);
    if (this.isRead) parts.lane.stopSharing(this);
    else parts.load.stopSharing();
    if (place === 'queued') services.loads.leaveQueue(parts.load, this);
    else if (place === 'taken') services.loads.leave(parts.load);
    this.place = 'none';
  }
}
