import { AuditAnchors, AuditMaintenance, AuditModule, AuditSeals, AuditWriter } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, BffConfigModule } from '@bff/config';
import { DatabaseConnection, DatabaseModule, OwnerRequests } from '@bff/database';
import { DirectoryModule } from '@bff/directory';
import { IdentityModule } from '@bff/identity';
import { HashKeys, Keyring, SecretsModule } from '@bff/secrets';
import { StateModule } from '@bff/state';
import { TenancyModule } from '@bff/tenancy';
import { type DynamicModule, Module } from '@nestjs/common';
import { KeyOperations, SESSION_STORE } from './key-operations.js';
import { type CommandRequest, OperatorCommands } from './operator-commands.js';

/**
 * Executes the commands of `bff` in the process that owns the embedded directory
 * (docs/decisions/0013-one-administration-behind-http-and-terminal.md).
 */
@Module({
  imports: [DirectoryModule, IdentityModule, TenancyModule],
  providers: [
    OperatorCommands,
    KeyOperations,
    { provide: SESSION_STORE, inject: [BFF_CONFIG], useFactory: ({ redis }: BffConfig) => redis },
    {
      provide: AuditMaintenance,
      inject: [DatabaseConnection, Keyring, HashKeys, BFF_CONFIG],
      useFactory: (connection: DatabaseConnection, keyring: Keyring, hashKeys: HashKeys, config: BffConfig) =>
        new AuditMaintenance(
          connection,
          keyring,
          new AuditWriter(keyring, config),
          new AuditAnchors(keyring, config.clock),
          hashKeys.of('audit-checkpoints'),
        ),
    },
    {
      provide: AuditSeals,
      inject: [DatabaseConnection, Keyring, BFF_CONFIG],
      useFactory: (connection: DatabaseConnection, keyring: Keyring, config: BffConfig) =>
        new AuditSeals(
          connection,
          keyring,
          new AuditWriter(keyring, config),
          new AuditAnchors(keyring, config.clock),
        ),
    },
  ],
  exports: [OperatorCommands],
})
export class OperatorModule {
  constructor(requests: OwnerRequests, commands: OperatorCommands) {
    requests.setHandler((request) => {
      const { command, input } = request as CommandRequest;
      return commands.execute(command, input);
    });
  }

  /**
   * The module with everything that a command needs if no service is running. Only a rotation of the keys connects to the
   * session store, over connections of its own.
   */
  static standalone(config: BffConfig): DynamicModule {
    const withoutRedis = BffConfigModule.with({ ...config, redis: null });
    return {
      module: OperatorModule,
      providers: [{ provide: SESSION_STORE, useValue: config.redis }],
      imports: [withoutRedis, SecretsModule, StateModule, DatabaseModule, AuditModule],
    };
  }
}
