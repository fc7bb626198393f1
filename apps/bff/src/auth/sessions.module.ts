import { IdentityModule } from '@bff/identity';
import { SessionModule } from '@bff/session';
import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { ElevationController } from './elevation.controller.js';
import { OpenIdController } from './open-id.controller.js';
import { SessionsController } from './sessions.controller.js';

@Module({
  imports: [IdentityModule, SessionModule, TenancyModule],
  controllers: [SessionsController, ElevationController, OpenIdController],
})
export class SessionsModule {}
