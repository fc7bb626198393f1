import { CredentialsModule } from '@bff/credentials';
import { Module } from '@nestjs/common';
import { AnswerRoom } from './answer-room.js';
import { Forwarder } from './forwarder.js';
import { ServerPools } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantRoom } from './tenant-room.js';

@Module({
  imports: [CredentialsModule],
  providers: [ServerPools, AnswerRoom, TenantRoom, TenantHealth, Forwarder],
  exports: [Forwarder, TenantHealth],
})
export class UpstreamModule {}
