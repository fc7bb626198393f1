import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { Denials } from './denials.js';
import { Log } from './log.js';
import { ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';

@Module({
  imports: [TenancyModule],
  providers: [Log, Metrics, Denials, ManagementServer],
  exports: [Log, Metrics, Denials, ManagementServer],
})
export class ObservabilityModule {}
