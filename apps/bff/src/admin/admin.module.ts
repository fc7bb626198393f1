import { DirectoryModule } from '@bff/directory';
import { IdentityModule } from '@bff/identity';
import { SessionModule } from '@bff/session';
import { TenancyModule } from '@bff/tenancy';
import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { AdminAuditController } from './audit.controller.js';
import { AdminCredentialsController } from './credentials.controller.js';
import { AdminSessionsController } from './sessions.controller.js';
import { AdminTenantsController } from './tenants.controller.js';
import { AdminUsersController } from './users.controller.js';

@Module({
  imports: [DirectoryModule, IdentityModule, SessionModule, TenancyModule, UpstreamModule],
  controllers: [
    AdminTenantsController,
    AdminCredentialsController,
    AdminUsersController,
    AdminSessionsController,
    AdminAuditController,
  ],
})
export class AdminModule {}
