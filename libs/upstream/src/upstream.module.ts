import { CredentialsModule } from '@bff/credentials';
import { Module } from '@nestjs/common';
import { Forwarder } from './forwarder.js';
import { ServerPools } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantLoads } from './tenant-loads.js';

@Module({
  imports: [CredentialsModule],
  providers: [
    ServerPools,
    { provide: TenantLoads, useFactory: () => new TenantLoads() },
    TenantHealth,
    Forwarder,
  ],
  exports: [Forwarder, TenantHealth],
})
export class UpstreamModule {}
