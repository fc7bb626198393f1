import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { DatabaseConnection, Directory } from '@bff/database';
import { Global, Module } from '@nestjs/common';
import { encryptionKeys } from './embedded-key.js';
import { HashKeys } from './hash-keys.js';
import { Keyring } from './keyring.js';
import { SealedRows } from './sealed-rows.js';

@Global()
@Module({
  providers: [
    {
      provide: Keyring,
      inject: [BFF_CONFIG],
      useFactory: (config: BffConfig) => new Keyring(encryptionKeys(config)),
    },
    {
      provide: HashKeys,
      inject: [DatabaseConnection, Directory, Keyring, BFF_CONFIG],
      useFactory: async (
        connection: DatabaseConnection,
        directory: Directory,
        keyring: Keyring,
        { clock }: BffConfig,
      ) => {
        const keys = new HashKeys(directory, keyring, clock);
        await keys.load(connection);
        return keys;
      },
    },
    {
      provide: SealedRows,
      inject: [Directory, Keyring],
      useFactory: (directory: Directory, keyring: Keyring) => new SealedRows(directory, keyring),
    },
  ],
  exports: [Keyring, HashKeys, SealedRows],
})
export class SecretsModule {}
