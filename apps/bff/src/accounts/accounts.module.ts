import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';

@Module({ imports: [UpstreamModule], controllers: [AccountsController] })
export class AccountsModule {}
