import { CredentialsModule } from '@bff/credentials';
import { Module } from '@nestjs/common';
import { Forwarder } from './forwarder.js';
import { ResponseMemoryBudget, TOTAL_RESPONSE_BYTES } from './response-memory-budget.js';
import { ServerPools } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantConcurrencyLimit } from './tenant-concurrency-limit.js';

@Module({
  imports: [CredentialsModule],
  providers: [
    ServerPools,
    { provide: ResponseMemoryBudget, useFactory: () => new ResponseMemoryBudget(TOTAL_RESPONSE_BYTES) },
    TenantConcurrencyLimit,
    TenantHealth,
    Forwarder,
  ],
  exports: [Forwarder, TenantHealth],
})
export class UpstreamModule {}
