import { Module, type OnModuleInit } from '@nestjs/common';
import { bodyInput } from '../http/route-input.js';
import { ProxiedRoutes } from '../http/proxied-routes.js';
import { ProxiedRoutesModule } from '../http/proxied-routes.module.js';
import { createAccountBody, UpdateAccountBody } from './account-inputs.js';

const path = 'whatsapp';

/** The routes of a tenant's WhatsApp account, all relayed to the upstream. */
@Module({ imports: [ProxiedRoutesModule] })
export class AccountsModule implements OnModuleInit {
  constructor(private readonly routes: ProxiedRoutes) {}

  onModuleInit(): void {
    this.routes.add('account.read', () => ({ method: 'GET', path }));
    this.routes.add('account.create', ({ body }) => ({
      method: 'POST',
      path,
      body: bodyInput(body, createAccountBody),
    }));
    this.routes.add('account.update', ({ body }) => ({
      method: 'PATCH',
      path,
      body: bodyInput(body, () => UpdateAccountBody),
    }));
    this.routes.add('account.delete', () => ({ method: 'DELETE', path }));
  }
}
