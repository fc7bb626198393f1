import { Module, type OnModuleInit } from '@nestjs/common';
import { pageQuery } from '../http/page-query.js';
import { ProxiedRoutes } from '../http/proxied-routes.js';
import { ProxiedRoutesModule } from '../http/proxied-routes.module.js';

const readPage = pageQuery();

/** The activities of a tenant's WhatsApp account and senders, relayed from the upstream. */
@Module({ imports: [ProxiedRoutesModule] })
export class ActivitiesModule implements OnModuleInit {
  constructor(private readonly routes: ProxiedRoutes) {}

  onModuleInit(): void {
    this.routes.add('activities.list', (request) => {
      const { pageToken, pageSize } = readPage(request.query as Record<string, unknown>);
      return { method: 'GET', path: 'whatsapp/activities', query: { pageToken, pageSize } };
    });
  }
}
