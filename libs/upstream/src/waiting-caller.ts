import { Problem } from '@bff/problems';
import { UpstreamError } from './response-checks.js';
import { type TenantHealth } from './tenant-health.js';
import { type ForwardScope } from './upstream-call.js';
import { type UpstreamResponse } from './upstream-response.js';

/** The browser disconnected before the response; only the log reports this error. */
export class BrowserGoneError extends Error {
  override readonly name = 'BrowserGoneError';

  constructor() {
    super('The browser disconnected before the response');
  }
}

/** The call that a caller waits for. */
export interface AwaitedCall {
  readonly serverName: string;
  /** Where the call is now: the error of a caller whose time is over. */
  overdue(): Problem;
  /** The caller waits no longer. @param isOverdue whether its time is over */
  leave(caller: WaitingCaller, isOverdue: boolean): void;
  /** The connection of the caller's browser was closed, or its response was written completely. */
  release(): void;
}

/** One caller that waits for an upstream call, until its deadline or until its browser disconnects; it ends exactly once. */
export class WaitingCaller {
  private readonly startedAt = performance.now();
  private deadline: NodeJS.Timeout | undefined;
  private hasEnded = false;

  /** @param timeoutMs from now */
  constructor(
    readonly scope: ForwardScope,
    readonly timeoutMs: number,
    private readonly health: TenantHealth,
    private readonly accept: (response: UpstreamResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return this.startedAt + this.timeoutMs - performance.now();
  }

  waitFor(call: AwaitedCall): void {
    this.deadline = setTimeout(() => {
      const problem = call.overdue();
      if (this.end(call, problem)) call.leave(this, true);
    }, this.timeoutMs);
    this.scope.onClosed((whole) => {
      call.release();
      if (!whole && this.end(call, new BrowserGoneError())) call.leave(this, false);
    });
  }

  succeed(call: AwaitedCall, response: UpstreamResponse): void {
    this.end(call, response);
  }

  /** @returns whether the caller was still waiting */
  fail(call: AwaitedCall, error: Error): boolean {
    return this.end(call, error);
  }

  /** @returns whether the caller was still waiting */
  private end(call: AwaitedCall, outcome: UpstreamResponse | Error): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    clearTimeout(this.deadline);
    const { scope } = this;
    scope.upstream = { server: call.serverName, ms: performance.now() - this.startedAt };
    if (!(outcome instanceof Error)) this.accept(outcome);
    else {
      if (outcome instanceof Problem || outcome instanceof UpstreamError)
        this.health.failed(scope.tenant, outcome.errorCode);
      this.reject(outcome);
    }
    return true;
  }
}
