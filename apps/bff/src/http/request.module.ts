import { Global, Module } from '@nestjs/common';
import { ClientAddresses } from './client-addresses.js';
import { PageTokens } from './page-tokens.js';

/** What features need to understand a request. */
@Global()
@Module({ providers: [ClientAddresses, PageTokens], exports: [ClientAddresses, PageTokens] })
export class RequestModule {}
