import { randomBytes } from 'node:crypto';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { IdentityModule, UserDirectory } from '@bff/identity';
import { MemoryStore } from '@bff/state';
import { Module } from '@nestjs/common';
import { SessionTickets } from './session-tickets.js';
import { type SessionRecord } from './session.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [IdentityModule],
  providers: [
    {
      provide: FrontendRegistry,
      inject: [BFF_CONFIG],
      useFactory: (config: BffConfig) => new FrontendRegistry(config.frontends),
    },
    {
      provide: Sessions,
      inject: [BFF_CONFIG, UserDirectory, FrontendRegistry],
      // Sessions in this process end with it, so the key of their tickets may too.
      useFactory: (config: BffConfig, users: UserDirectory, frontends: FrontendRegistry) =>
        new Sessions(
          new MemoryStore<SessionRecord>(config.clock),
          new SessionTickets(randomBytes(32)),
          users,
          frontends,
          config.clock,
        ),
    },
  ],
  exports: [Sessions, FrontendRegistry],
})
export class SessionModule {}
