import { TenantLoads, UpstreamCounts, type UpstreamTotals } from '@bff/upstream';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from './metrics.js';

const GAUGES: readonly (readonly [name: string, help: string, total: keyof UpstreamTotals])[] = [
  ['bff_upstream_calls', 'Upstream calls in flight.', 'calls'],
  ['bff_upstream_queued_calls', 'Calls that wait for the end of another one of their tenant.', 'queuedCalls'],
  ['bff_upstream_open_circuits', 'Circuits of tenants and servers that are not closed.', 'openCircuits'],
  ['bff_upstream_response_bytes', 'Bytes of responses in memory.', 'responseBytes'],
];

const COUNTERS: readonly (readonly [name: string, help: string, count: keyof UpstreamCounts])[] = [
  ['bff_upstream_retries_total', 'Reads that were sent again.', 'retries'],
  ['bff_upstream_shared_reads_total', 'Reads that were answered by the call of an equal one.', 'shared'],
];

/** Metrics of upstream calls, read when they are collected. */
@Injectable()
export class UpstreamMetrics {
  constructor({ registry }: Metrics, loads: TenantLoads, counts: UpstreamCounts) {
    for (const [name, help, total] of GAUGES) {
      new Gauge({
        ...{ name, help, registers: [registry] },
        collect() {
          this.set(loads.totals()[total]);
        },
      });
    }
    for (const [name, help, count] of COUNTERS) {
      new Counter({
        ...{ name, help, registers: [registry] },
        collect() {
          this.reset();
          this.inc(counts[count]);
        },
      });
    }
  }
}
