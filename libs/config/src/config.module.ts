import { type DynamicModule, Inject } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { type BffConfig } from './bff-config.js';

const NAMESPACE = 'bff';

/** The injection token of the application's {@link BffConfig}. */
export const BFF_CONFIG = registerAs(NAMESPACE, () => ({})).KEY;

/** Injects the {@link BffConfig}. */
export const InjectConfig = (): ReturnType<typeof Inject> => Inject(BFF_CONFIG);

/** Provides a validated configuration to the whole application. */
export class BffConfigModule {
  static with(config: BffConfig): Promise<DynamicModule> {
    return ConfigModule.forRoot({
      isGlobal: true,
      ignoreEnvFile: true,
      load: [registerAs(NAMESPACE, () => config)],
    });
  }
}
