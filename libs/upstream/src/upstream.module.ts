import { CredentialsModule } from '@bff/credentials';
import { Module } from '@nestjs/common';
import { Forwarder } from './forwarder.js';
import { ResponseMemoryBudget, TOTAL_RESPONSE_BYTES } from './response-memory-budget.js';
import { ServerPools } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantRoom } from './tenant-room.js';

@Module({
  imports: [CredentialsModule],
  providers: [
    ServerPools,
    { provide: ResponseMemoryBudget, useFactory: () => new ResponseMemoryBudget(TOTAL_RESPONSE_BYTES) },
    TenantRoom,
    TenantHealth,
    Forwarder,
  ],
  exports: [Forwarder, TenantHealth],
})
export class UpstreamModule {}
