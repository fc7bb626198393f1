import { IdentityModule } from '@bff/identity';
import { SessionModule } from '@bff/session';
import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { SessionsController } from './sessions.controller.js';

@Module({ imports: [IdentityModule, SessionModule, TenancyModule], controllers: [SessionsController] })
export class SessionsModule {}
