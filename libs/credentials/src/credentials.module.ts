import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { Authorizer } from './authorizer.js';
import { CredentialCheck } from './credential-check.js';
import { CredentialStore } from './credential-store.js';
import { TokenCache } from './token-cache.js';
import { TokenClient } from './token-client.js';

@Module({
  imports: [HttpModule],
  providers: [
    CredentialStore,
    TokenClient,
    TokenCache,
    Authorizer,
    {
      provide: CredentialCheck,
      inject: [HttpService, BFF_CONFIG],
      useFactory: (http: HttpService, config: BffConfig) =>
        new CredentialCheck(new TokenClient(http, config)),
    },
  ],
  exports: [Authorizer, CredentialCheck, CredentialStore],
})
export class CredentialsModule {}
