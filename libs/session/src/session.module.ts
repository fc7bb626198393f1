import { randomBytes } from 'node:crypto';
import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { IdentityModule, UserDirectory } from '@bff/identity';
import { MemoryStore } from '@bff/state';
import { TenancyModule, TenantDirectory } from '@bff/tenancy';
import { Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { Elevations, type StoredElevation } from './elevations.js';
import { SessionTickets } from './session-tickets.js';
import { type SessionRecord } from './session.js';
import { Sessions } from './sessions.js';
import { TicketRotation } from './ticket-rotation.js';

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
      inject: [BFF_CONFIG, UserDirectory, TenantDirectory, AuditLog],
      useFactory: (
        { clock, monotonic }: BffConfig,
        users: UserDirectory,
        tenants: TenantDirectory,
        audit: AuditLog,
      ) => new Elevations(new MemoryStore<StoredElevation>(monotonic), users, tenants, audit, clock),
    },
    {
      provide: Sessions,
      inject: [BFF_CONFIG, Elevations, UserDirectory, FrontendRegistry, AuditLog],
      // Sessions are held in this process only, so the key of their tickets need not outlive it.
      useFactory: (
        { clock, monotonic, sessionsPerUser }: BffConfig,
        elevations: Elevations,
        users: UserDirectory,
        frontends: FrontendRegistry,
        audit: AuditLog,
      ) => {
        const store = new MemoryStore<SessionRecord>(monotonic);
        const tickets = new SessionTickets(randomBytes(32));
        const [successorsInGrace, successors] = [
          new MemoryStore<string>(monotonic),
          new MemoryStore<string>(monotonic),
        ];
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
export class SessionModule implements BeforeApplicationShutdown {
  constructor(private readonly elevations: Elevations) {}

  beforeApplicationShutdown(): void {
    this.elevations.stop();
  }
}
