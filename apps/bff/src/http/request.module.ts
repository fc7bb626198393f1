import { SessionModule } from '@bff/session';
import { TenancyModule } from '@bff/tenancy';
import { Global, Module } from '@nestjs/common';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ClientAddresses } from './client-addresses.js';
import { PageTokens } from './page-tokens.js';
import { RequestGuard } from './request-guard.js';

/** Provides the request guard, client addresses and page tokens. */
@Global()
@Module({
  imports: [ObservabilityModule, SessionModule, TenancyModule],
  providers: [ClientAddresses, PageTokens, RequestGuard],
  exports: [ClientAddresses, PageTokens],
})
export class RequestModule {}
