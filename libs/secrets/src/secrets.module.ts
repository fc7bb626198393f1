import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Global, Module } from '@nestjs/common';
import { encryptionKeys } from './embedded-key.js';
import { Keyring } from './keyring.js';

@Global()
@Module({
  providers: [
    {
      provide: Keyring,
      inject: [BFF_CONFIG],
      useFactory: (config: BffConfig) => new Keyring(encryptionKeys(config)),
    },
  ],
  exports: [Keyring],
})
export class SecretsModule {}
