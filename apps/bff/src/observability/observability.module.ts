import { TenancyModule } from '@bff/tenancy';
import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { ClosedRequests } from './closed-requests.js';
import { Denials } from './denials.js';
import { Log } from './log.js';
import { ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';
import { NodeAgreement } from './node-agreement.js';
import { UpstreamMetrics } from './upstream-metrics.js';

@Module({
  imports: [TenancyModule, UpstreamModule],
  providers: [Log, Metrics, Denials, ClosedRequests, NodeAgreement, ManagementServer, UpstreamMetrics],
  exports: [Log, ClosedRequests, ManagementServer],
})
export class ObservabilityModule {}
