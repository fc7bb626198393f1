import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { Authorizer } from './authorizer.js';
import { CredentialStore } from './credential-store.js';
import { TokenCache } from './token-cache.js';
import { TokenClient } from './token-client.js';

@Module({
  imports: [HttpModule],
  providers: [CredentialStore, TokenClient, TokenCache, Authorizer],
  exports: [Authorizer],
})
export class CredentialsModule {}
