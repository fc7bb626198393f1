import { AuditModule } from '@bff/audit';
import { type BffConfig, BffConfigModule } from '@bff/config';
import { DatabaseModule, OwnerRequests } from '@bff/database';
import { DirectoryModule } from '@bff/directory';
import { IdentityModule } from '@bff/identity';
import { SecretsModule } from '@bff/secrets';
import { StateModule } from '@bff/state';
import { TenancyModule } from '@bff/tenancy';
import { type DynamicModule, Module } from '@nestjs/common';
import { type CommandRequest, OperatorCommands } from './operator-commands.js';

/**
 * Executes the commands of `bff` in the process that owns the embedded directory
 * (docs/decisions/0013-one-administration-behind-http-and-terminal.md).
 */
@Module({
  imports: [DirectoryModule, IdentityModule, TenancyModule],
  providers: [OperatorCommands],
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
   * The module with everything that a command needs if no service is running. Commands change the directory
   * only, so they do not connect to the session store.
   */
  static standalone(config: BffConfig): DynamicModule {
    const withoutRedis = BffConfigModule.with({ ...config, redis: null });
    return {
      module: OperatorModule,
      imports: [withoutRedis, SecretsModule, StateModule, DatabaseModule, AuditModule],
    };
  }
}
