import { TenancyModule } from '@bff/tenancy';
import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { TenantsController } from './tenants.controller.js';

@Module({
  imports: [TenancyModule, UpstreamModule],
  controllers: [TenantsController],
})
export class TenantsModule {}
