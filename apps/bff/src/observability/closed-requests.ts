import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../http/request-context.js';
import { Denials } from './denials.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';

/** Logs, counts and audits each request when its response closes. */
@Injectable()
export class ClosedRequests {
  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly denials: Denials,
  ) {}

  readonly record = (context: RequestContext, status: number): void => {
    const durationMs = performance.now() - context.startedAt;
    this.log.request(context, status, durationMs);
    this.metrics.record(context, status, durationMs);
    this.denials.record(context);
  };
}
