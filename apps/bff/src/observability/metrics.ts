import { AuditLog } from '@bff/audit';
import { CATALOGUE } from '@bff/problems';
import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { type RequestContext } from '../http/request-context.js';
import { DurationHistogram } from './duration-histogram.js';
import { Log } from './log.js';

/** Request counts and durations. All label values are known in advance and contain no ids, which limits the cardinality. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  /** Counted in a map and copied to the counter on collection, because a labelled increment is more expensive. */
  private readonly requestCounts = new Map<string, number[]>();
  private readonly durations = new DurationHistogram(
    this.registry,
    'bff_request_duration_seconds',
    'Duration of requests, from the first header to the last byte.',
    'operation',
  );
  private readonly upstream = new DurationHistogram(
    this.registry,
    'bff_upstream_duration_seconds',
    'Duration of upstream exchanges, including token, connection, headers and body.',
    'server',
  );

  private readonly refusals = new Counter({
    name: 'bff_refusals_total',
    help: 'Requests answered with an error code of this service.',
    labelNames: ['code'],
    registers: [this.registry],
  });

  constructor(audit: AuditLog, log: Log) {
    new Gauge({
      name: 'bff_audit_events_lost',
      help: 'Audit events that could not be stored since the start.',
      registers: [this.registry],
      collect() {
        this.set(audit.lost);
      },
    });
    new Counter({
      name: 'bff_log_lines_dropped_total',
      help: 'Log lines that could not be written to standard output.',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(log.dropped);
      },
    });
    collectDefaultMetrics({ register: this.registry });
    const requestCounts = this.requestCounts;
    new Counter({
      name: 'bff_requests_total',
      help: 'Answered requests by operation and status.',
      labelNames: ['operation', 'status'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [operation, byStatus] of requestCounts) {
          byStatus.forEach((count, status) => this.inc({ operation, status }, count));
        }
      },
    });
  }

  record(context: RequestContext, status: number, durationMs: number): void {
    const operation = context.operation ?? 'none';
    let byStatus = this.requestCounts.get(operation);
    if (byStatus === undefined) this.requestCounts.set(operation, (byStatus = []));
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    const { errorCode } = context;
    if (errorCode !== null && errorCode in CATALOGUE) this.refusals.inc({ code: errorCode });
    this.durations.observe(operation, durationMs / 1_000);
    if (context.upstream !== null) {
      this.upstream.observe(context.upstream.server, context.upstream.ms / 1_000);
    }
  }
}
