import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { IdentityModule, UserDirectory } from '@bff/identity';
import { HashKeys } from '@bff/secrets';
import { State } from '@bff/state';
import { TenancyModule, TenantDirectory } from '@bff/tenancy';
import { Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Elevations, ELEVATIONS, UNAUDITED_ELEVATIONS } from './elevations.js';
import { SessionTickets } from './session-tickets.js';
import { SESSIONS } from './session-storage.js';
import { Sessions } from './sessions.js';
import { SUCCESSORS, SUCCESSORS_IN_GRACE, TicketRotation } from './ticket-rotation.js';

@Module({
  imports: [IdentityModule, TenancyModule],
  providers: [
    {
      provide: FrontendRegistry,
      inject: [BFF_CONFIG],
      useFactory: (config: BffConfig) =>
        new FrontendRegistry(config.frontends, config.profile === 'development'),
    },
    {
      provide: Elevations,
      inject: [BFF_CONFIG, State, UserDirectory, TenantDirectory, AuditLog],
      useFactory: (
        { clock }: BffConfig,
        state: State,
        users: UserDirectory,
        tenants: TenantDirectory,
        audit: AuditLog,
      ) =>
        new Elevations(
          state.store(ELEVATIONS),
          state.store(UNAUDITED_ELEVATIONS),
          users,
          tenants,
          audit,
          clock,
        ),
    },
    {
      provide: Sessions,
      inject: [BFF_CONFIG, State, HashKeys, Elevations, UserDirectory, FrontendRegistry, AuditLog],
      useFactory: (
        { clock, sessionsPerUser }: BffConfig,
        state: State,
        hashKeys: HashKeys,
        elevations: Elevations,
        users: UserDirectory,
        frontends: FrontendRegistry,
        audit: AuditLog,
      ) => {
        const store = state.store(SESSIONS);
        const tickets = new SessionTickets(hashKeys.of('session-tickets'));
        const successorsInGrace = state.store(SUCCESSORS_IN_GRACE);
        const successors = state.store(SUCCESSORS);
        return new Sessions(
          store,
          new TicketRotation(store, successorsInGrace, successors, tickets, clock),
          tickets,
          elevations,
          users,
          frontends,
          clock,
          audit,
          sessionsPerUser,
        );
      },
    },
  ],
  exports: [Sessions, FrontendRegistry],
})
export class SessionModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly elevations: Elevations,
    private readonly state: State,
  ) {}

  onApplicationBootstrap(): void {
    if (this.state.isShared) this.elevations.watch();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.elevations.stopWatching();
    if (!this.state.isShared) await this.elevations.endAll();
  }
}
