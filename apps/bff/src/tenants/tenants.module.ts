import { TenancyModule } from '@bff/tenancy';
import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { PageTokens } from '../request/page-tokens.js';
import { TenantsController } from './tenants.controller.js';

@Module({
  imports: [TenancyModule, UpstreamModule],
  providers: [PageTokens],
  controllers: [TenantsController],
})
export class TenantsModule {}
