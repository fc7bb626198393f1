import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { CredentialsModule } from '@bff/credentials';
import { LoopLag } from '@bff/resilience';
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Forwarder } from './forwarder.js';
import { ServerPools } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantLoads } from './tenant-loads.js';
import { UpstreamCounts } from './upstream-counts.js';

@Module({
  imports: [CredentialsModule],
  providers: [
    ServerPools,
    {
      provide: TenantLoads,
      inject: [BFF_CONFIG],
      useFactory: (config: BffConfig) => new TenantLoads(config),
    },
    { provide: LoopLag, useFactory: () => new LoopLag(() => performance.now()) },
    UpstreamCounts,
    TenantHealth,
    Forwarder,
  ],
  exports: [Forwarder, TenantHealth, TenantLoads, UpstreamCounts],
})
export class UpstreamModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly loopLag: LoopLag) {}

  onApplicationBootstrap(): void {
    this.loopLag.start();
  }

  onApplicationShutdown(): void {
    this.loopLag.stop();
  }
}
