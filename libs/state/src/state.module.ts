import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { MemoryState } from './memory-state.js';
import { RedisState } from './redis/redis-state.js';
import { State } from './state.js';

@Global()
@Module({
  providers: [
    {
      provide: State,
      inject: [BFF_CONFIG, Keyring],
      useFactory: ({ redis, monotonic }: BffConfig, keyring: Keyring): State =>
        redis === null ? new MemoryState(monotonic) : new RedisState(redis, keyring, monotonic),
    },
  ],
  exports: [State],
})
export class StateModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly state: State) {}

  onApplicationBootstrap(): void {
    if (this.state instanceof RedisState) this.state.start();
  }

  onApplicationShutdown(): void {
    if (this.state instanceof RedisState) this.state.close();
  }
}
