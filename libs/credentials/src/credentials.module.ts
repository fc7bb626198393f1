import { HttpModule } from '@nestjs/axios';
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
      inject: [TokenClient],
      useFactory: (client: TokenClient) => new CredentialCheck(client),
    },
  ],
  exports: [Authorizer, CredentialCheck, CredentialStore],
})
export class CredentialsModule {}
