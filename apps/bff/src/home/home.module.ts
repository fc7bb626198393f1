import { IdentityModule } from '@bff/identity';
import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { HomeController } from './home.controller.js';

@Module({ imports: [IdentityModule, TenancyModule], controllers: [HomeController] })
export class HomeModule {}
