import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { ClosedRequests } from './closed-requests.js';
import { Denials } from './denials.js';
import { Log } from './log.js';
import { ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';
import { NodeAgreement } from './node-agreement.js';

@Module({
  imports: [TenancyModule],
  providers: [Log, Metrics, Denials, ClosedRequests, NodeAgreement, ManagementServer],
  exports: [Log, ClosedRequests, ManagementServer],
})
export class ObservabilityModule {}
